#include "net/gzip_packer.hpp"

#include <zlib.h>

#include <new>

namespace qdc::net
{

void gzip_packer::deleter::operator()(z_stream_s* stream) const noexcept
{
    ::deflateEnd(stream);
    delete stream;
}

gzip_packer::gzip_packer(int level) : stream_(new z_stream_s{})
{
    // The largest window, 2^15 bytes; 16 more ask zlib for gzip's header and checksum.
    constexpr int gzip_window = 15 + 16;
    constexpr int memory_level = 8;
    if (::deflateInit2(stream_.get(), level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

std::span<const char> gzip_packer::pack(std::string_view plain)
{
    ::deflateReset(stream_.get());
    // The bound holds for a single call that gets all of the input, so that call always finishes.
    packed_.resize(::deflateBound(stream_.get(), plain.size()));
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream_->avail_in = static_cast<uInt>(plain.size());
    stream_->next_out = reinterpret_cast<Bytef*>(packed_.data());
    stream_->avail_out = static_cast<uInt>(packed_.size());
    ::deflate(stream_.get(), Z_FINISH);
    return {packed_.data(), packed_.size() - stream_->avail_out};
}

}  // namespace qdc::net
