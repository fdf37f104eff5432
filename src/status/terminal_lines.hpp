#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::status
{

/// Columns that a text of UTF-8 without control characters takes on a terminal. East Asian characters and emoji take
/// two; a combining one counts as one, so that a line is rather too short than too long.
std::size_t columns(std::string_view text);

/// Texts put onto lines of a width. Control characters in them are escaped, and what is beyond 2,000 bytes is left out.
class terminal_lines
{
public:
    /// In columns.
    explicit terminal_lines(std::size_t width) : width_(width) {}

    /// Behind an empty line.
    void heading(std::string_view text);

    /// Goes on below, indented by two more, where it is longer than a line.
    void line(std::string_view text, std::size_t indent = 0) { items({std::string(text)}, indent); }

    /// As many beside each other as fit.
    void items(const std::vector<std::string>& texts, std::size_t indent);

    /// Removes and returns the lines made so far.
    std::vector<std::string> take();

private:
    void fold(std::string& text, std::size_t indent);

    std::size_t width_;
    std::vector<std::string> lines_;
};

}  // namespace qdc::status
