#include "sandbox/gzip.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

constexpr int gzip_format = 15 + 16;  // zlib: greatest window, gzip wrapper

Bytef* bytes_of(std::string_view text)
{
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write to its input
}

}  // namespace

gzip_writer::gzip_writer() : stream_(std::make_unique<z_stream_s>())
{
    if (deflateInit2(stream_.get(), Z_BEST_SPEED, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib: cannot compress");
}

gzip_writer::~gzip_writer()
{
    deflateEnd(stream_.get());
}

void gzip_writer::add(std::string_view raw, bool last, std::string& out)
{
    std::array<Bytef, 64 * 1024> block;
    stream_->next_in = bytes_of(raw);
    stream_->avail_in = static_cast<uInt>(raw.size());
    do
    {
        stream_->next_out = block.data();
        stream_->avail_out = static_cast<uInt>(block.size());
        deflate(stream_.get(), last ? Z_FINISH : Z_NO_FLUSH);
        out.append(reinterpret_cast<const char*>(block.data()), block.size() - stream_->avail_out);
    } while (stream_->avail_out == 0);
}

gzip_reader::gzip_reader() : stream_(std::make_unique<z_stream_s>())
{
    if (inflateInit2(stream_.get(), gzip_format) != Z_OK)
        throw std::runtime_error("zlib: cannot decompress");
}

gzip_reader::~gzip_reader()
{
    inflateEnd(stream_.get());
}

bool gzip_reader::add(std::string_view packed, std::string& out)
{
    std::array<Bytef, 64 * 1024> block;
    stream_->next_in = bytes_of(packed);
    stream_->avail_in = static_cast<uInt>(packed.size());
    while (stream_->avail_in > 0 || stream_->avail_out == 0)
    {
        if (at_boundary_ && stream_->avail_in == 0)
            break;
        at_boundary_ = false;
        stream_->next_out = block.data();
        stream_->avail_out = static_cast<uInt>(block.size());
        const int result = inflate(stream_.get(), Z_NO_FLUSH);
        out.append(reinterpret_cast<const char*>(block.data()), block.size() - stream_->avail_out);
        if (result == Z_STREAM_END)
        {
            ++members_;
            at_boundary_ = true;
            inflateReset(stream_.get());
        }
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return false;
        else if (result == Z_BUF_ERROR)
            break;
    }
    return true;
}

}  // namespace qdc::sandbox
