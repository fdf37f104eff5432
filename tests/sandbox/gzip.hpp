#pragma once

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace qdc::sandbox
{

/// Compresses a body piece by piece as one gzip member, fast rather than small.
class gzip_writer
{
public:
    gzip_writer();
    ~gzip_writer();
    gzip_writer(const gzip_writer&) = delete;
    gzip_writer& operator=(const gzip_writer&) = delete;

    /// Appends what `raw` gives; `last` ends the member.
    void add(std::string_view raw, bool last, std::string& out);

private:
    std::unique_ptr<z_stream_s> stream_;
};

/// Reads gzip members one after another, as Devo's sender writes one for each buffer (Devo Python SDK, "zip").
class gzip_reader
{
public:
    gzip_reader();
    ~gzip_reader();
    gzip_reader(const gzip_reader&) = delete;
    gzip_reader& operator=(const gzip_reader&) = delete;

    /// Appends the plain bytes of `packed`; false when it is no gzip.
    [[nodiscard]] bool add(std::string_view packed, std::string& out);

    /// Members that ended so far.
    [[nodiscard]] unsigned long members() const { return members_; }

    /// True between members: the end of the stream is no loss there.
    [[nodiscard]] bool at_boundary() const { return at_boundary_; }

private:
    std::unique_ptr<z_stream_s> stream_;
    unsigned long members_ = 0;
    bool at_boundary_ = true;
};

}  // namespace qdc::sandbox
