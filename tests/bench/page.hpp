#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::bench
{

/// The hosts of which pages are made: 8 MB of a host list detection answer, in about 25 detections a host. RESULTS are
/// log-uniform between 50 and 3,000 bytes: package tables, Windows paths, HTML, dumps of certificates, one in twenty with
/// letters beyond ASCII. All of it follows from the seed.
struct block
{
    explicit block(std::uint64_t seed);

    struct host
    {
        std::size_t begin;
        std::size_t id_at;  ///< where its id stands, nine digits
        std::size_t detections;
    };

    std::string text;
    std::vector<host> hosts;
};

/// One page of any size, host by host: the block again and again with other ids, so that it never has to be in memory.
class page
{
public:
    /// The first host whose end lies at or behind `bytes` is the last one.
    page(std::shared_ptr<const block> of, std::uint64_t bytes);

    /// Replaces `out` by the next part: the head, a host, or the tail. False: there was none left.
    bool next(std::string& out);

    /// Detections given out so far.
    std::uint64_t detections() const { return detections_; }

private:
    enum class part
    {
        head,
        hosts,
        tail,
        none,
    };

    void next_host(std::string& out);

    std::shared_ptr<const block> of_;
    std::uint64_t wanted_;
    std::uint64_t given_ = 0;
    std::uint64_t host_ = 0;
    std::uint64_t detections_ = 0;
    part next_ = part::head;
};

/// Fills `out` with at least `bytes` of the page, less at its end; false: there was nothing left.
bool gather(page& from, std::size_t bytes, std::string& out);

}  // namespace qdc::bench
