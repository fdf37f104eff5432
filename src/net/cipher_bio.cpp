#include "net/cipher_bio.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace qdc::net
{
namespace
{

/// What OpenSSL reads from and writes to, attached to the BIO.
cipher_text& text_of(BIO* bio)
{
    return *static_cast<cipher_text*>(::BIO_get_data(bio));
}

/// OpenSSL wants up to `size` bytes of ciphertext.
int read_received(BIO* bio, char* to, int size)
{
    ::BIO_clear_retry_flags(bio);
    auto& received = text_of(bio).received;
    const auto taken = std::min(received.size(), static_cast<std::size_t>(size));
    if (taken == 0)
    {
        ::BIO_set_retry_read(bio);  // more may come: it is no end
        return -1;
    }
    std::memcpy(to, received.data(), taken);
    received = received.subspan(taken);
    return static_cast<int>(taken);
}

/// OpenSSL has made ciphertext: always taken, so it never has to wait.
int add_to_send(BIO* bio, const char* bytes, int size)
{
    auto& to_send = text_of(bio).to_send;
    to_send.insert(to_send.end(), bytes, bytes + size);
    return size;
}

/// The only question that matters is a flush, and there is nothing to flush here.
long control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// A new BIO is usable at once.
int begin(BIO* bio)
{
    ::BIO_set_init(bio, 1);
    return 1;
}

/// The table of the functions above, made once.
const BIO_METHOD* method()
{
    static const auto made = []
    {
        std::unique_ptr<BIO_METHOD, decltype(&::BIO_meth_free)> fresh(
            ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "cipher text"), &::BIO_meth_free
        );
        ::BIO_meth_set_read(fresh.get(), read_received);
        ::BIO_meth_set_write(fresh.get(), add_to_send);
        ::BIO_meth_set_ctrl(fresh.get(), control);
        ::BIO_meth_set_create(fresh.get(), begin);
        return fresh;
    }();
    return made.get();
}

}  // namespace

BIO* make_cipher_bio(cipher_text& text)
{
    auto* const bio = ::BIO_new(method());
    ::BIO_set_data(bio, &text);
    return bio;
}

}  // namespace qdc::net
