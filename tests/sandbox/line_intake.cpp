#include "sandbox/line_intake.hpp"

namespace qdc::sandbox
{

bool line_intake::add(std::string_view bytes)
{
    std::string joined;
    if (!decided_)
    {
        head_ += bytes;
        if (head_.size() < 2)
            return true;
        decided_ = true;
        joined.swap(head_);
        bytes = joined;
        if (bytes.substr(0, 2) == "\x1f\x8b")
            unpacker_.emplace();
    }
    if (!unpacker_)
    {
        split(bytes);
        return true;
    }
    plain_.clear();
    const bool good = unpacker_->add(bytes, plain_);
    split(plain_);
    return good;
}

bool line_intake::partial() const
{
    return !rest_.empty() || !head_.empty() || (unpacker_ && !unpacker_->at_boundary());
}

void line_intake::split(std::string_view plain)
{
    for (;;)
    {
        const auto end = plain.find('\n');
        if (end == std::string_view::npos)
        {
            rest_ += plain;
            return;
        }
        if (rest_.empty())
            store_.take(plain.substr(0, end + 1));
        else
        {
            rest_ += plain.substr(0, end + 1);
            store_.take(rest_);
            rest_.clear();
        }
        ++lines_;
        plain.remove_prefix(end + 1);
    }
}

}  // namespace qdc::sandbox
