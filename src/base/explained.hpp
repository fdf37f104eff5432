#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace qdc
{

/// A value, or a sentence for people that says why there is none.
template <class T>
using explained = boost::system::result<T, std::string>;

}  // namespace qdc
