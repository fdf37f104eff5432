#include "decode/inflate.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

namespace qdc::decode
{
namespace
{

constexpr int largest_window = 15;
constexpr int gzip_or_zlib = 32;  // the header decides (zlib.h, inflateInit2)

/// zlib counts in unsigned int.
uInt bounded(std::size_t size)
{
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

void inflater::deleter::operator()(z_stream_s* stream) const noexcept
{
    inflateEnd(stream);
    delete stream;
}

inflater::inflater() : stream_(new z_stream{})
{
    if (inflateInit2(stream_.get(), largest_window + gzip_or_zlib) != Z_OK)
        throw std::bad_alloc();
}

/// member "ab" | member "cd" | 00 00  ->  "abcd", finished: the zero bytes are padding
/// member "ab" | half a member        ->  "ab…", not finished: the body was cut
/// member "ab" | "x"                  ->  gzip_damaged
result<std::size_t> inflater::inflate(std::string_view& bytes, std::span<char> out)
{
    std::size_t written = 0;
    while (written < out.size())
    {
        // The last member is complete: pass over padding, then another member must begin, with gzip's first byte.
        if (finished_)
        {
            bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
            if (bytes.empty())
                break;
            if (bytes.front() != '\x1f' || inflateReset(stream_.get()) != Z_OK)
                return error_code(errc::gzip_damaged);
            finished_ = false;
        }
        // Hand over what fits into zlib's counters; the loop comes back for the rest.
        stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib reads only
        stream_->avail_in = bounded(bytes.size());
        stream_->next_out = reinterpret_cast<Bytef*>(out.data() + written);
        stream_->avail_out = bounded(out.size() - written);
        // zlib counts down what it took and what it wrote.
        const auto offered = stream_->avail_in;
        const auto room = stream_->avail_out;
        const int status = ::inflate(stream_.get(), Z_NO_FLUSH);
        bytes.remove_prefix(offered - stream_->avail_in);
        written += room - stream_->avail_out;

        // A damaged body is a value for the caller, no memory is an exception.
        if (status == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (status == Z_STREAM_END)
            finished_ = true;
        else if (status == Z_BUF_ERROR)  // no progress possible: it wants more input
            break;
        else if (status != Z_OK)
            return error_code(errc::gzip_damaged);
    }
    return written;
}

}  // namespace qdc::decode
