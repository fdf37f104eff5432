#include "qualys/answer_document.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "qualys/endpoint.hpp"

#include <algorithm>
#include <utility>

// The two kinds of answer, with the depth of each element, and what part_ is inside.
//
//   1 HOST_LIST_OUTPUT      document          1 SIMPLE_RETURN          error
//   2   RESPONSE            document          2   RESPONSE             error
//   3     DATETIME          dated()           3     CODE  1965         -> refusal.code
//   3     HOST_LIST         to open()         3     TEXT  …            -> refusal.text
//   4       HOST            to open()         3     ITEM_LIST          error
//   3     WARNING           warning           4       ITEM             error
//   4       CODE  1980      -> open_.code     5         KEY  SECONDS…  -> key_
//   4       URL   …id_min=… -> the cursor     5         VALUE  20      -> refusal.wait
namespace qdc::qualys
{
namespace
{

/// More of an error text than this helps nobody; a hostile answer must not fill the memory or the log.
constexpr std::size_t value_limit = 2000;
constexpr const char* cut_mark = "\xE2\x80\xA6";

int small_number(std::string_view text)
{
    const auto number = number_in<std::uint64_t>(text);
    return number && *number < 1'000'000 ? static_cast<int>(*number) : 0;
}

}  // namespace

bool warning::has_cursor() const
{
    return is_of_cut_answer() || query_parameter(url, "id_min") || query_parameter(url, "id_max");
}

void answer_document::on_start(std::string_view name, const char* const* attributes)
{
    ++depth_;
    value_.clear();
    // outside -> document or error: the root says what came. Any other root leaves the document outside.
    if (depth_ == 1)
    {
        found_ = name.substr(0, 100);
        if (!root_.empty() && name == root_)
            part_ = part::document;
        else if (name == "SIMPLE_RETURN" || name == "GENERIC_RETURN")
            part_ = part::error;
    }
    // document -> warning: beside the list of records there may be a WARNING.
    else if (part_ == part::document && depth_ == 3 && name == "WARNING")
    {
        part_ = part::warning;
        open_ = {};
    }
    // Everything else in a good answer is the derived class'.
    else if (part_ == part::document && depth_ >= 3)
    {
        in_datetime_ = depth_ == 3 && name == "DATETIME";
        open(name, attributes, depth_);
    }
}

void answer_document::on_text(std::string_view piece)
{
    if (part_ == part::document)
        text(piece);
    if (part_ != part::document || in_datetime_)
        keep(piece);
}

void answer_document::keep(std::string_view piece)
{
    // Kept up to the limit, with a mark where it was cut.
    const auto room = value_limit - std::min(value_limit, value_.size());
    if (room == 0)
        return;
    value_ += piece.substr(0, room);
    if (piece.size() > room)
        value_ += cut_mark;
}

void answer_document::on_end(std::string_view name)
{
    // What an element says is known when it ends. warning -> document: at the end of the WARNING itself.
    if (part_ == part::error)
        close_in_error(name, trimmed(value_));
    else if (part_ == part::warning && depth_ == 3)
        close_warning();
    else if (part_ == part::warning)
        close_in_warning(name, trimmed(value_));
    else if (part_ == part::document && depth_ >= 3)
        close(name, depth_);
    if (in_datetime_)
        dated_ = parse_peer_utc(trimmed(value_));
    in_datetime_ = false;
    value_.clear();
    --depth_;
}

void answer_document::close_in_error(std::string_view name, std::string_view value)
{
    if (name == "CODE")
        refusal_.code = small_number(value);
    // GENERIC_RETURN has its text in RETURN itself.
    else if (name == "TEXT" || (name == "RETURN" && !value.empty()))
        refusal_.text = value;
    else if (name == "KEY")
        key_ = value;
    // ITEMs are pairs of KEY and VALUE; the one that matters is the time to wait.
    else if (name == "VALUE" && key_ == "SECONDS_TO_WAIT" && small_number(value) != 0)
        refusal_.wait = std::chrono::seconds(small_number(value));
}

void answer_document::close_in_warning(std::string_view name, std::string_view value)
{
    if (name == "CODE")
        open_.code = small_number(value);
    else if (name == "TEXT")
        open_.text = value;
    else if (name == "URL")
        open_.url = value;
}

void answer_document::close_warning()
{
    constexpr std::size_t enough = 10;
    part_ = part::document;
    const bool cursor = open_.has_cursor();
    if (!cursor && notices_.size() < enough)
        notices_.push_back(open_.text);
    // The first WARNING is kept, until one with a cursor comes: that one must not be missed.
    if (!warning_ || (!has_cursor_ && cursor))
    {
        has_cursor_ = cursor;
        warning_ = std::move(open_);
    }
}

error_code answer_document::outcome() const
{
    if (part_ == part::error)
        return errc::refused;
    if (part_ != part::document)
        return errc::unexpected_root;
    return {};
}

result<decode::progress> answer_document::ended(result<decode::progress> finished) const
{
    // The parser's own failure, or a pause, goes before what the document says.
    if (!finished || *finished == decode::progress::paused)
        return finished;
    if (const auto failure = outcome())
        return failure;
    return finished;
}

void answer_document::open(std::string_view, const char* const*, std::size_t) {}

void answer_document::text(std::string_view) {}

void answer_document::close(std::string_view, std::size_t) {}

}  // namespace qdc::qualys
