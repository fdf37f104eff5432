#pragma once

#include "sandbox/document.hpp"
#include "sandbox/view.hpp"
#include "sandbox/world.hpp"

#include <cstdint>

namespace qdc::sandbox
{

enum class detection_type : std::uint8_t
{
    confirmed,
    potential,
    info,
};

enum class detection_status : std::uint8_t
{
    fresh,
    active,
    reopened,
    fixed,
};

/// What decides whether a detection is shown; its text is made when it is.
struct detection
{
    std::uint64_t host;
    std::uint64_t number;  ///< within the host
    std::uint64_t version;
    std::uint64_t qid;
    detection_type type;
    detection_status status;
    unsigned severity;
    bool ignored;
    bool disabled;
    bool vanished = false;  ///< this version of its host has it no more; only where changes are sent
    instant updated;
};

/// 0 for a bare host, else at least 1.
std::uint64_t detection_count(const world& in, std::uint64_t host);

detection detection_of(const world& in, std::uint64_t host, std::uint64_t version, std::uint64_t number);

/// Qualys' defaults and filters: Fixed only when asked for, Info only with show_igs (Qualys API guide,
/// host list detection).
bool shows(const host_view& view, const detection& what);

/// Appends the children of its DETECTION element.
void describe(document& out, const world& in, const detection& what, const host_view& view);

}  // namespace qdc::sandbox
