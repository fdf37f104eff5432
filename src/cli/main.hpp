#pragma once

namespace qdc::cli
{

/// Arguments to exit status: chooses the verb, and is the last to see an exception.
int main(int argc, const char* const* argv);

}  // namespace qdc::cli
