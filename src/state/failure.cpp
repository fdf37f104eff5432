#include "state/failure.hpp"

#include <string>

namespace qdc::state
{
namespace
{

class category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "state"; }

    std::string message(int value) const override
    {
        switch (static_cast<failure>(value))
        {
            case failure::in_use:
                return "another instance holds the state directory";
            case failure::not_an_object:
                return "the state is not a JSON object";
            case failure::no_such_state:
                return "there is no such state";
            case failure::not_a_file:
                return "it is no regular file";
            case failure::no_locks:
                return "its file system gives out no locks (ENOLCK): on NFS start rpc.statd, or mount with "
                       "local_lock=flock, "
                       "or choose a folder on a local disk";
        }
        return "unknown error of the state directory";
    }
};

}  // namespace

const boost::system::error_category& failure_category() noexcept
{
    static const category instance;
    return instance;
}

}  // namespace qdc::state
