// How an interrupted scan goes on. Of its rows a b c d e three were handed out, so handed_out is {3, print of a b c}:
//
//   the second answer gives   what happens                                                      handed_out
//   a b c                     repeated, and dropped; their chained print is the same            {3, …}
//   d e                       two events                                                        {5, …}
//   a x c instead             at the third row the prints differ: diverged, no event            {3, …}
//   a b and no more           fewer rows than were handed out: diverged at the end              {3, …}

#include "services/scan_answer.hpp"

#include "base/fingerprint.hpp"

#include <utility>

namespace qdc::services
{

using decode::progress;

scan_answer::scan_answer(
    std::string_view reference, devo::event_writer& events, handed_rows& handed_out, tally& counts, std::uint64_t seed
)
    : rows_(reference),
      events_(events),
      handed_out_(handed_out),
      counts_(counts),
      repeated_{0, seed}
{
    // The first row chains to the seed.
    if (handed_out_.rows == 0)
        handed_out_.print = seed;
}

result<progress> scan_answer::read(std::string_view& bytes)
{
    const auto outcome = rows_.feed(bytes);
    take_rows();
    return outcome;
}

result<progress> scan_answer::read_end()
{
    const auto failure = rows_.finish();
    take_rows();
    if (failure)
        return failure;
    // Rows that were handed out and do not come again mean that the scan has changed.
    diverged_ = diverged_ || repeated_.rows < handed_out_.rows;
    return progress::hungry;
}

std::string scan_answer::place() const
{
    return "byte " + std::to_string(rows_.offset());
}

void scan_answer::take_rows()
{
    // Counters of the parts only grow, and each call adds what came since the last one.
    counts_.unknown_elements += rows_.dropped() - std::exchange(dropped_counted_, rows_.dropped());
    for (const auto& name : rows_.dropped_names())
        counts_.unknown_names.note(name + " (member, dropped)");
    for (const auto& words : rows_.unknown_names())
        counts_.unknown_names.note(words + " (in a scan, dropped)");
    for (const auto& row : rows_.take())
    {
        if (diverged_)
            return;
        ++counts_.received;
        // In front of where the interruption was: it is only compared.
        if (repeated_.rows < handed_out_.rows)
        {
            repeat(row);
            continue;
        }
        // A new row: the chain grows with it, and the event goes out without its last brace.
        handed_out_ = {handed_out_.rows + 1, fingerprint(row, handed_out_.print)};
        repeated_ = handed_out_;
        events_.add({std::string_view(row).substr(0, row.size() - 1)});
    }
}

void scan_answer::repeat(std::string_view row)
{
    ++counts_.duplicate;
    repeated_ = {repeated_.rows + 1, fingerprint(row, repeated_.print)};
    diverged_ = repeated_.rows == handed_out_.rows && repeated_.print != handed_out_.print;
}

}  // namespace qdc::services
