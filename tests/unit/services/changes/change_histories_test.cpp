#include "base/number.hpp"
#include "store/environment.hpp"
#include "support/run.hpp"
#include "unit/services/host_walk.hpp"
#include "unit/state/scratch.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <random>
#include <set>

using namespace qdc;
using namespace qdc::test;
namespace asio = boost::asio;

namespace
{

struct finding
{
    std::string status;
    int results{0};
};

using findings = std::map<int, finding>;

asio::awaitable<void> save_table(value_store& table, std::uint64_t generation)
{
    const auto failure = co_await table.save(generation);
    CHECK_FALSE(failure);
}

std::string member_of(std::string_view event, std::string_view name)
{
    const auto wanted = '"' + std::string(name) + "\":\"";
    const auto place = event.find(wanted);
    if (place == event.npos)
        return {};
    const auto begin = place + wanted.size();
    return std::string(event.substr(begin, event.find('"', begin) - begin));
}

/// Hosts with findings that come and go, a Qualys that answers for them, a Devo that takes what is confirmed and some of what
/// is not, and a collector that is killed at random places.
class history
{
public:
    explicit history(unsigned seed) : random_(seed) { start(); }

    ~history() { stop(); }

    history(const history&) = delete;
    history& operator=(const history&) = delete;

    void populate(int host_count, int finding_count)
    {
        for (int host = 1; host <= host_count; ++host)
            for (int each = 1; each <= finding_count; ++each)
                world_[host * 3][host * 1000 + each] = {"New", 0};
        for (const auto& [host, all] : world_)
            processed_.insert(host);
    }

    /// Some hosts are scanned; their findings come, change, go and come back. Now and then a host goes.
    void live()
    {
        processed_.clear();
        static const std::vector<std::string> statuses{"New", "Active", "Re-Opened", "Fixed"};
        for (auto host = world_.begin(); host != world_.end();)
        {
            if (dice(40))
            {
                purged_.insert(host->first);
                host = world_.erase(host);
                continue;
            }
            if (dice(2))
            {
                processed_.insert(host->first);
                const bool all_go = dice(12);
                for (int each = 1; each <= 100; ++each)
                {
                    const int id = host->first / 3 * 1000 + each;
                    if (all_go || dice(15))
                        host->second.erase(id);
                    else if (dice(8))
                        host->second[id] = {statuses[random_() % 4], static_cast<int>(random_() % 3)};
                }
            }
            ++host;
        }
    }

    /// One cycle, killed as often as it happens.
    void pull()
    {
        now_ += std::chrono::hours(13);
        note_wanted();
        while (!cycle())
            ++kills_;
    }

    /// What Devo has of each finding, in order, without repeats, is what happened to it.
    void check() const
    {
        std::map<std::string, std::vector<std::string>> seen;
        std::set<int> hosts_gone;
        for (const auto& event : devo_)
        {
            const auto change = member_of(event, "@change");
            const auto host = member_of(event, "ID");
            if (change == "host_gone")
            {
                hosts_gone.insert(std::stoi(host));
                continue;
            }
            auto& list = seen[host + '/' + member_of(event, "UNIQUE_VULN_ID")];
            auto text =
                change + ' ' + (change == "gone" ? "" : member_of(event, "STATUS") + member_of(event, "RESULTS"));
            if (list.empty() || list.back() != text)
                list.push_back(std::move(text));
        }
        CHECK(seen == wanted_);
        CHECK(hosts_gone == purged_);
    }

    std::size_t events() const { return devo_.size(); }

    std::size_t wanted() const
    {
        std::size_t all = 0;
        for (const auto& [name, list] : wanted_)
            all += list.size();
        return all + purged_.size();
    }

    int kills() const { return kills_; }

    bool kill_at_all{true};

private:
    /// What was handed to the outbox, not yet confirmed.
    struct handed
    {
        std::string events;
        std::string state;
        std::uint64_t generation;
    };

    bool dice(unsigned sides) { return random_() % sides == 0; }

    void start()
    {
        auto opened = store::open_environment(folder_.path() / "store");
        REQUIRE(opened.has_value());
        CHECK(opened->set_aside.empty());
        environment_ = std::move(opened->value);
        auto table = environment_->open_table("host_list_detection");
        REQUIRE(table.has_value());
        table_ = std::shared_ptr<value_store>(std::move(*table));
        services::service_options options;
        options.page_size = 20;
        options.keys["deliver"] = "changes";
        options.tables["host_list_detection"] = table_;
        service_ = services::make_host_list_detection(std::move(options), {"h", "t", {}, {}});
        if (!state_.empty())
            REQUIRE(service_->restore(state_));
    }

    void stop()
    {
        exchange_.reset();
        service_.reset();
        table_.reset();
        environment_.reset();
    }

    /// Up to a random place everything is confirmed and saved, or only the table is; of the rest some arrives too.
    void kill()
    {
        // One after the other: the order of arguments is the compiler's, and a seed has to mean one history.
        const auto reached = random_() % (handed_.size() + 1);
        confirm(reached, !dice(4));
        for (const auto& each : handed_)
        {
            if (dice(3))
                break;
            arrive(each.events);
        }
        handed_.clear();
        stop();
        start();
    }

    void confirm(std::size_t count, bool with_state)
    {
        if (count == 0)
            return;
        for (std::size_t each = 0; each < count; ++each)
            arrive(handed_[each].events);
        const auto& last = handed_[count - 1];
        asio::io_context io;
        test::run(io, save_table(*table_, last.generation));
        if (with_state)
            state_ = last.state;
        handed_.erase(handed_.begin(), handed_.begin() + static_cast<std::ptrdiff_t>(count));
    }

    void arrive(const std::string& events)
    {
        std::string_view rest = events;
        while (!rest.empty())
        {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(line.size() + 1);
            devo_.emplace_back(line);
        }
    }

    void note_wanted()
    {
        for (const auto host : processed_)
        {
            const auto& now = world_[host];
            auto& before = before_[host];
            for (const auto& [id, one] : now)
            {
                const auto old = before.find(id);
                auto& list = wanted_[std::to_string(host) + '/' + std::to_string(id)];
                const auto text = one.status + std::to_string(one.results);
                if (old == before.end())
                    list.push_back("new " + text);
                else if (old->second.status != "Fixed" && one.status == "Fixed")
                    list.push_back("fixed " + text);
                else if ((old->second.status != "Re-Opened" && one.status == "Re-Opened") || (old->second.status == "Fixed" && one.status != "Fixed"))
                    list.push_back("reopened " + text);
                else if (old->second.status != one.status || old->second.results != one.results)
                    list.push_back("changed " + text);
                if (list.empty())
                    wanted_.erase(std::to_string(host) + '/' + std::to_string(id));
            }
            for (const auto& [id, one] : before)
                if (!now.contains(id))
                    wanted_[std::to_string(host) + '/' + std::to_string(id)].push_back("gone ");
            before = now;
        }
    }

    /// The answer of Qualys.
    std::string answer(const qualys::call& call) const
    {
        const auto from = call.form.find("id_min");
        const int first = from == call.form.end() ? 0 : std::stoi(from->second);
        const bool windowed = call.form.contains("vm_processed_after");
        const auto is_asked = [this, first, windowed](int host)
        { return host >= first && (!windowed || processed_.contains(host)); };
        if (call.form.contains("details"))
        {
            std::string ids;
            for (const auto& [host, all] : world_)
                if (is_asked(host))
                    ids += "<ID>" + std::to_string(host) + "</ID>";
            return "<HOST_LIST_OUTPUT><RESPONSE><DATETIME>2024-01-10T12:00:00Z</DATETIME><ID_SET>" + ids +
                   "</ID_SET></RESPONSE></HOST_LIST_OUTPUT>";
        }
        std::string hosts;
        int count = 0;
        for (const auto& [host, all] : world_)
        {
            if (!is_asked(host) || all.empty())
                continue;
            if (++count > std::stoi(call.form.at("truncation_limit")))
                return detection_answer("<HOST_LIST>" + hosts + "</HOST_LIST>" + more_from(std::to_string(host)));
            std::string list;
            for (const auto& [id, one] : all)
                list += "<DETECTION><UNIQUE_VULN_ID>" + std::to_string(id) + "</UNIQUE_VULN_ID><STATUS>" + one.status +
                        "</STATUS><RESULTS>" + std::to_string(one.results) + "</RESULTS></DETECTION>";
            hosts += detection_host(host, list);
        }
        return detection_answer("<HOST_LIST>" + hosts + "</HOST_LIST>");
    }

    /// Takes what is ready. False: the collector was killed.
    bool take()
    {
        auto events = exchange_->events().take();
        exchange_->taken();
        auto state = service_->state();
        const auto generation = table_->seal();
        handed_.push_back({std::move(events), std::move(state), generation});
        if (kill_at_all && dice(60))
        {
            kill();
            return false;
        }
        if (dice(3))
            confirm(random_() % (handed_.size() + 1), true);
        return true;
    }

    bool step(services::answer_reader& reader, std::string_view bytes, bool last, error_code& failure)
    {
        for (;;)
        {
            const auto state = last ? reader.finish() : reader.feed(bytes);
            if (!take())
                return false;
            if (!state)
                failure = state.error();
            if (!state || *state == decode::progress::hungry)
                return true;
        }
    }

    /// One call with its answer, which may be cut. False: killed.
    bool call()
    {
        exchange_->events().without_frames();
        const auto text = answer(exchange_->call());
        auto& reader = exchange_->reader();
        const auto end = dice(12) ? random_() % text.size() : text.size();
        error_code failure;
        for (std::size_t place = 0; place < end && !failure; place += 5000)
            if (!step(
                    reader,
                    std::string_view(text).substr(place, std::min<std::size_t>(5000, end - place)),
                    false,
                    failure
                ))
                return false;
        if (!failure && end == text.size() && !step(reader, {}, true, failure))
            return false;
        if (!failure && end == text.size())
            CHECK_FALSE(exchange_->done());
        else
            exchange_->failed({.smaller = true, .reason = "cut", .now = now_});
        handed_.push_back({{}, service_->state(), table_->seal()});
        return true;
    }

    bool cycle()
    {
        service_->begin_cycle(now_);
        for (;;)
        {
            if (!exchange_)
                exchange_ = service_->next();
            if (!exchange_)
                break;
            if (!call())
                return false;
            exchange_.reset();
        }
        CHECK(service_->is_complete());
        confirm(handed_.size(), true);
        return true;
    }

    std::minstd_rand random_;
    test::scratch folder_;
    std::unique_ptr<store::environment> environment_;
    std::shared_ptr<value_store> table_;
    std::unique_ptr<services::service> service_;
    std::unique_ptr<services::exchange> exchange_;
    std::string state_;
    std::vector<handed> handed_;
    std::vector<std::string> devo_;
    utc_time now_{noon};
    std::map<int, findings> world_;
    std::map<int, findings> before_;  ///< as they were when they were processed last
    std::set<int> processed_;
    std::set<int> purged_;
    std::map<std::string, std::vector<std::string>> wanted_;
    int kills_{0};
};

}  // namespace

TEST_CASE("changes: a history of 10,000 findings gives the differences of its snapshots, each once")
{
    history of_some(1);
    of_some.kill_at_all = false;
    of_some.populate(100, 100);
    of_some.pull();
    for (int round = 0; round < 6; ++round)
    {
        of_some.live();
        of_some.pull();
    }
    for (int round = 0; round < 3; ++round)
        of_some.pull();  // until those that went are missing for a day
    of_some.check();
    CHECK(of_some.wanted() > 10'000);
    CHECK(of_some.events() == of_some.wanted());
}

TEST_CASE("changes: a collector that is killed at random places loses none of them, and only repeats some")
{
    for (unsigned seed = 2; seed < 5; ++seed)
    {
        CAPTURE(seed);
        history of_some(seed);
        of_some.populate(100, 100);
        of_some.pull();
        for (int round = 0; round < 5; ++round)
        {
            of_some.live();
            of_some.pull();
        }
        for (int round = 0; round < 3; ++round)
            of_some.pull();
        of_some.check();
        CHECK(of_some.kills() > 4);
        CHECK(of_some.events() > of_some.wanted());
    }
}
