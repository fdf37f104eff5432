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
constexpr int gzip_or_zlib = 32;  // the header tells (zlib.h, inflateInit2)

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

result<std::size_t> inflater::inflate(std::string_view& in, std::span<char> out)
{
    std::size_t written = 0;
    while (written < out.size())
    {
        if (finished_)
        {
            in.remove_prefix(std::min(in.find_first_not_of('\0'), in.size()));
            if (in.empty())
                break;
            if (in.front() != '\x1f' || inflateReset(stream_.get()) != Z_OK)
                return error_code(errc::gzip_damaged);
            finished_ = false;
        }
        stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib reads only
        stream_->avail_in = bounded(in.size());
        stream_->next_out = reinterpret_cast<Bytef*>(out.data() + written);
        stream_->avail_out = bounded(out.size() - written);
        const auto offered = stream_->avail_in;
        const auto room = stream_->avail_out;
        const int status = ::inflate(stream_.get(), Z_NO_FLUSH);
        in.remove_prefix(offered - stream_->avail_in);
        written += room - stream_->avail_out;

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
