#pragma once

#include "decode/element_names.hpp"
#include "decode/xml_json.hpp"
#include "devo/event_writer.hpp"
#include "qualys/answer_document.hpp"
#include "services/changes/change_writer.hpp"
#include "services/host_memory.hpp"
#include "services/service.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qdc::services
{

class kb_join;

/// A host that came complete.
struct finished_host
{
    std::uint64_t id{0};
    std::uint64_t print{0};          ///< fingerprint of all its events
    std::optional<utc_time> newest;  ///< the newest date it carries, itself or in a detection
    host_update update{};            ///< with changes: what is known of it from now on
};

/// No host has an id that is higher.
inline constexpr std::uint64_t no_last_host = std::numeric_limits<std::uint64_t>::max();

/// How far a walk through ascending host ids is read. Outlives the answers of the walk.
struct host_cursor
{
    std::uint64_t next{0};                   ///< the first host id that is not handed out completely
    std::uint64_t first{0};                  ///< the first host of the answer that is read; 0: none yet
    std::uint64_t edge{0};                   ///< the host that was begun last
    std::vector<std::uint64_t> edge_events;  ///< fingerprints of its events that are handed out
    std::vector<finished_host> finished;     ///< since whoever reads took the events last
    bool edge_open{false};                   ///< and its end was not seen
    std::uint64_t begin{0};                  ///< where the page that is read begins
    std::uint64_t base{0};             ///< where the last complete page ended; between it and `begin` answers were cut
    bool single{false};                ///< the page asks for one host, which has no order
    std::uint64_t end{0};              ///< behind the highest id that was read
    std::uint64_t low{0};              ///< hosts in front of it are somebody else's: they are passed over
    std::uint64_t last{no_last_host};  ///< so are those behind it
    bool disordered{false};            ///< ids do not ascend as they should: nothing but the end of a page is progress
};

/// What the two host documents differ in.
struct host_document_kind
{
    std::string_view root;
    bool detections;  ///< one event per DETECTION, the host's own members in front; otherwise one per HOST
};

/// Turns the HOST elements of an answer into events while they are parsed.
///
/// A HOST without an ID is no event: errc::xml_malformed. A child of HOST that is named as a member of ours is dropped
/// and counted.
///
/// HOST's children stand in front of its DETECTION_LIST, so they are written once and copied for each detection. A host
/// that comes again where the last answer ended (a page edge that repeats it, a retry after a cut) gives only the
/// events that are new in some byte. One that the last window brought (host_memory) is held back until it ends, and
/// dropped when it is the same.
class host_document final : public qualys::answer_document
{
public:
    host_document(
        host_document_kind kind,
        decode::element_names& names,
        devo::event_writer& events,
        host_cursor& cursor,
        const host_memory& memory,
        tally& counts,
        std::uint64_t seed,
        change_writer* changes = nullptr
    );

    /// Puts what the KnowledgeBase says beside each detection. It outlives the document; nullptr: nothing.
    void join_with(kb_join* join) noexcept { join_ = join; }

    bool wants_pause() const override;

    /// So much follows from hosts without an event that it should be taken.
    bool has_many_updates() const noexcept;

    /// Whether the answer stands inside of a HOST.
    bool in_host() const noexcept { return place_ != place::elsewhere && place_ != place::host_list; }

    /// Values that were too long and were cut.
    std::uint64_t cut() const noexcept { return host_.cut() + detection_.cut(); }

protected:
    void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
    void close(std::string_view name, std::size_t depth) override;

private:
    struct held_event
    {
        std::string event;
        std::uint64_t print;
    };

    enum class place
    {
        elsewhere,
        host_list,
        host,
        skipped,  ///< a child of HOST that is named as a member of ours
        detection_list,
        detection,
    };

    /// Resets everything that is noted of the open host.
    void begin_host();
    void open_member(std::string_view name, const char* const* attributes);
    /// A child of HOST ended, or something inside of it.
    void end_member(std::string_view name);
    /// Adds what was undocumented or cut since the last call to the tally.
    void note_drift();
    /// The ID of the host is complete: whose host it is, and what is known of it.
    void host_has_id(std::string_view text);
    void check_order();
    /// One event without changes: the host's object, then `member`, `detection` and `closing`. It goes out, is held back,
    /// or is dropped because it came before. Throws with errc::xml_malformed when the host has no ID.
    void write_event(std::string_view member, std::string_view detection, std::string_view closing);
    std::string_view join(std::string_view detection);
    /// A DETECTION may carry the newest date of the host.
    void note_dates(std::string_view detection);
    /// The event is handed out: should the host come again, it is dropped.
    void remember(std::uint64_t print);
    /// Keeps an event until the end of the host shows whether that is the same as in the last window.
    void hold(std::string event, std::uint64_t print);
    void release();
    /// A DETECTION is complete.
    void end_detection();
    /// One event of a change; `was`: the JSON object for "@was", or empty.
    void write_change(std::string_view member, std::string_view detection, change kind, std::string_view was);
    void end_changes(finished_host& host);
    bool takes_repeat(std::uint64_t print);
    /// A HOST is complete: what was held back goes out or is dropped, and the cursor moves.
    void end_host();

    host_document_kind kind_;
    decode::element_names& names_;
    devo::event_writer& events_;
    host_cursor& cursor_;
    const host_memory& memory_;
    tally& counts_;
    std::uint64_t seed_;  ///< of fingerprints
    kb_join* join_{nullptr};
    change_writer* changes_;       ///< nullptr: no changes are sent
    std::size_t update_bytes_{0};  ///< of what follows from the finished hosts
    place place_{place::elsewhere};
    decode::xml_json host_;
    decode::xml_json detection_;
    std::uint64_t unknown_counted_{0};  ///< undocumented elements that are in the tally already
    std::uint64_t cut_counted_{0};      ///< the same of values that were cut
    std::size_t names_noted_{0};        ///< of the vocabulary's undocumented ones
    // Of the host that is open:
    std::uint64_t id_{0};
    bool foreign_{false};                     ///< its id is not between the cursor's low and last
    bool listed_{false};                      ///< a DETECTION_LIST of it has been read
    std::optional<utc_time> newest_;          ///< the newest of its dates
    std::string newest_of_detections_;        ///< the same of its detections, as it stands there
    std::uint64_t host_print_{0};             ///< of its own members; 0: not taken yet
    std::uint64_t whole_print_{0};            ///< of all its events so far
    std::size_t written_{0};                  ///< how many those are
    std::size_t detections_{0};               ///< of it, so far
    std::optional<std::string_view> joined_;  ///< what the KnowledgeBase says of the last one; nothing: not looked up
    std::unordered_map<std::uint64_t, std::size_t>
        repeats_;  ///< events that an earlier answer handed out, how often each
    std::optional<std::uint64_t>
        known_;                     ///< what the last window's events of it looked like, while they may be the same
    std::vector<held_event> held_;  ///< events of the host, until it is known whether it is the same
    std::size_t held_bytes_{0};     ///< of those
};

/// The vocabulary of the two documents. (User guide: host list output, host list detection output, DTDs of 5.0.)
std::unique_ptr<decode::element_names> host_vocabulary();

}  // namespace qdc::services
