#pragma once

#include "services/hosts.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace qdc::bench
{

/// One page of host list detection on the way that the collector takes it, from XML to frames: scrubber, Expat, JSON,
/// frames. The frames are taken as collect/page takes them, and dropped.
class decoding
{
public:
    decoding()
        : service_(services::make_host_list_detection({}, {"host", "vuln.qualys.hostdetections", "", {}})),
          now_(std::chrono::system_clock::now())
    {
        service_->begin_cycle(now_);
        exchange_ = service_->next();
        reader_ = &exchange_->reader();
    }

    /// Takes a piece of the page. False: the page is not what it should be.
    bool feed(std::string_view piece)
    {
        exchange_->events().at(now_);
        for (;;)
        {
            const auto parsed = reader_->feed(piece);
            frame_bytes_ += exchange_->events().take().size();
            if (!parsed || *parsed != decode::progress::paused)
                return static_cast<bool>(parsed);
        }
    }

    /// What came out: it must be used, so that nothing is optimised away.
    std::size_t frame_bytes() const { return frame_bytes_; }

private:
    std::unique_ptr<services::service> service_;
    std::unique_ptr<services::exchange> exchange_;
    std::chrono::system_clock::time_point now_;
    services::answer_reader* reader_ = nullptr;
    std::size_t frame_bytes_ = 0;
};

}  // namespace qdc::bench
