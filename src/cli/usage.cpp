#include "cli/usage.hpp"

#include "settings/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::cli
{
namespace
{

/// CLI11's own help, with the common options below those of each verb.
class help_formatter final : public CLI::Formatter
{
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override
    {
        auto text = CLI::Formatter::make_help(app, std::move(name), mode);
        if (app->get_parent() == nullptr || mode != CLI::AppFormatMode::Normal)
            return text;
        const auto* root = app;
        while (root->get_parent() != nullptr)
            root = root->get_parent();
        const auto common =
            root->get_options([](const CLI::Option* option) { return option->get_group() == common_group; });
        return text + make_group(common_group, false, common);
    }
};

/// Every spelling of what may stand in a place, for "did you mean". CLI11 gives names by value.
class known_words
{
public:
    /// Those of one group, or with "" all.
    void add_options(const CLI::App& app, std::string_view group)
    {
        for (const auto* option : app.get_options())
        {
            if (!group.empty() && option->get_group() != group)
                continue;
            for (const auto& name : option->get_lnames())
                words_.push_back("--" + name);
            for (const auto& name : option->get_snames())
                words_.push_back("-" + name);
        }
    }

    void add_verbs(const CLI::App& app)
    {
        for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
            words_.push_back(verb->get_name());
    }

    std::vector<std::string_view> views() const { return {words_.begin(), words_.end()}; }

private:
    std::vector<std::string> words_;
};

/// The innermost verb that was understood; the root, when there was none.
const CLI::App& innermost(const CLI::App& root)
{
    const auto* app = &root;
    for (auto verbs = app->get_subcommands(); !verbs.empty(); verbs = app->get_subcommands())
        app = verbs.front();
    return *app;
}

/// Whether the verb has an option that is spelled exactly so.
bool has_option(const CLI::App& verb, const std::string& name)
{
    known_words known;
    known.add_options(verb, "");
    const auto words = known.views();
    return std::find(words.begin(), words.end(), name) != words.end();
}

/// The verbs that have the option, as "validate or plan": the one that was understood, else those of the root.
std::string owners_of(const std::string& name, const CLI::App& root, const CLI::App& verb)
{
    if (&verb != &root)
        return has_option(verb, name) ? verb.get_name() : std::string();
    std::string owners;
    for (const auto* one : root.get_subcommands([](const CLI::App*) { return true; }))
        if (has_option(*one, name))
            owners += (owners.empty() ? "" : " or ") + one->get_name();
    return owners;
}

/// That there is no such option here, with the verb that it belongs to, or the name that was probably meant.
std::string unknown_option(const std::string& word, const CLI::App& root, const CLI::App& verb)
{
    // Without its value: --limit=5 is --limit.
    const auto name = word.substr(0, word.find('='));
    // `--strict validate`: in front of its verb nobody knows the option.
    if (const auto owners = owners_of(name, root, verb); !owners.empty())
        return fmt::format("{} belongs behind its verb, {}", name, owners);
    known_words known;
    known.add_options(verb, "");
    known.add_options(root, common_group);
    auto near = settings::did_you_mean(name, known.views());
    return fmt::format("there is no option {}{}", name, near.empty() ? "" : "; " + near);
}

}  // namespace

std::shared_ptr<CLI::Formatter> make_help_formatter()
{
    return std::make_shared<help_formatter>();
}

std::string usage_fault(const CLI::App& root, const CLI::ParseError& failure)
{
    // Words that CLI11 could not place are the usual mistake; for any other its own words are good.
    const auto extras = root.remaining(true);
    if (extras.empty())
        return failure.what();
    const auto& word = extras.front();
    const auto& verb = innermost(root);
    if (word.starts_with('-') && word != "-")
        return unknown_option(word, root, verb);
    // Where a verb is due, the word is a misspelt one; elsewhere there is one word too many.
    known_words known;
    known.add_verbs(verb);
    if (known.views().empty())
        return fmt::format("{} takes no further word: {}", verb.get_name(), word);
    return fmt::format(
        "there is no verb {}{}; {}",
        &verb == &root ? "" : verb.get_name() + ' ',
        word,
        settings::nearest_or_all(word, known.views())
    );
}

}  // namespace qdc::cli
