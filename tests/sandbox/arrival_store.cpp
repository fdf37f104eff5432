#include "sandbox/arrival_store.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace qdc::sandbox
{
namespace
{

constexpr std::size_t flush_bytes = 1 << 20;
constexpr std::size_t record_bytes = sizeof(fingerprint) + 1;

std::filesystem::path file_for(const options& from, std::string_view name)
{
    return std::filesystem::path(from.directory) / "devo" / name;
}

}  // namespace

arrival_store::arrival_store(const options& from)
    : reader_(from),
      form_(
          from.store == "lines"    ? form::lines
          : from.store == "hashes" ? form::hashes
                                   : form::none
      )
{
    if (form_ == form::none)
    {
        if (from.store != "none")
            throw std::runtime_error("store: \"" + from.store + "\" is neither lines nor hashes nor none");
        return;
    }
    const auto path = file_for(from, form_ == form::lines ? "events.log" : "events.hash");
    std::filesystem::create_directories(path.parent_path());
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0)
        throw std::runtime_error("cannot write " + path.string());
}

arrival_store::~arrival_store()
{
    if (file_ >= 0)
        ::close(file_);
}

void arrival_store::take(std::string_view line)
{
    const auto what = reader_.read(line.substr(0, line.size() - 1));
    ++counts_[static_cast<std::size_t>(what.kind)];
    if (form_ == form::lines)
        waiting_ += line;
    else if (form_ == form::hashes)
    {
        const auto print = hash_(what.body);
        waiting_.append(reinterpret_cast<const char*>(&print), sizeof print);
        waiting_ += static_cast<char>(what.kind);
    }
    if (waiting_.size() >= flush_bytes)
        flush();
}

void arrival_store::flush()
{
    std::string_view left = waiting_;
    while (!left.empty())
    {
        const auto size = ::write(file_, left.data(), left.size());
        if (size < 0)
            throw std::runtime_error("cannot keep what arrived: the disk is full or broken");
        left.remove_prefix(static_cast<std::size_t>(size));
    }
    waiting_.clear();
}

void read_arrivals(
    const options& from,
    const std::function<void(const arrival& what, const fingerprint& print, std::string_view line)>& each
)
{
    std::ifstream hashes(file_for(from, "events.hash"), std::ios::binary);
    std::array<char, record_bytes> record;
    while (hashes && hashes.read(record.data(), record.size()))
    {
        fingerprint print;
        std::copy_n(record.data(), sizeof print, reinterpret_cast<char*>(&print));
        each({static_cast<arrival_kind>(record.back()), {}}, print, {});
    }
    std::ifstream lines(file_for(from, "events.log"), std::ios::binary);
    if (from.store == "none")
        throw std::runtime_error("nothing was kept (store: none), so nothing can be verified");
    const arrival_reader reader(from);
    hasher hash;
    for (std::string line; std::getline(lines, line);)
    {
        const auto what = reader.read(line);
        each(what, is_event(what.kind) ? hash(what.body) : fingerprint{}, line);
    }
}

}  // namespace qdc::sandbox
