#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::settings
{

class findings;

/// Where something stands in a file.
struct place
{
    std::shared_ptr<const std::string> file;
    std::size_t line{0};  ///< from 1; 0: the complete file
};

struct member;

/// One value of a configuration file, YAML and JSON alike. A value keeps the spelling of the file ("00123", "1.0"):
/// what it means is decided by whoever reads the key.
struct node
{
    enum class kind
    {
        null,
        scalar,
        map,
        list,
    };

    kind is{kind::null};
    place at;
    std::string text;             ///< of a scalar
    bool quoted{false};           ///< a quoted scalar: text, even when it looks like a number
    bool commented{false};        ///< a plain scalar with a comment behind it in its line
    std::vector<member> members;  ///< of a map, in the order of the file
    std::vector<node> items;      ///< of a list

    /// The member of that name, or nullptr.
    const member* find(std::string_view key) const;
};

/// One `key: value` of a map.
struct member
{
    std::string key;
    place at;  ///< of the key
    node value;
};

/// Reads one document. YAML and JSON are not distinguished: JSON is read as the YAML that it is. Reports syntax errors,
/// duplicate keys and repaired spelling; after an error the tree holds what could be read, perhaps nothing.
node parse_document(std::string text, const std::string& file, findings& out);

}  // namespace qdc::settings
