#pragma once

namespace qdc::decode
{

/// How a push decoder stands after it was fed.
enum class progress
{
    hungry,  ///< wants more input
    paused,  ///< enough finished records are waiting: take them, then feed on
};

}  // namespace qdc::decode
