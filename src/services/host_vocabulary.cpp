#include "services/host_document.hpp"
#include "services/host_names.hpp"

#include <initializer_list>

namespace qdc::services
{
namespace
{

using decode::element_kind;

const std::initializer_list<std::string_view> plain_names{// HOST
                                                          "ID",
                                                          "ASSET_ID",
                                                          "IP",
                                                          "IPV6",
                                                          "TRURISK_SCORE",
                                                          "ASSET_CRITICALITY_SCORE",
                                                          "TRURISK_SCORE_FORMULA",
                                                          "TRACKING_METHOD",
                                                          "NETWORK_ID",
                                                          "NETWORK_NAME",
                                                          "DNS",
                                                          "DNS_DATA",
                                                          "HOSTNAME",
                                                          "DOMAIN",
                                                          "FQDN",
                                                          "CLOUD_PROVIDER",
                                                          "CLOUD_SERVICE",
                                                          "CLOUD_RESOURCE_ID",
                                                          "EC2_INSTANCE_ID",
                                                          "NETBIOS",
                                                          "OS",
                                                          "OS_CPE",
                                                          "QG_HOSTID",
                                                          "LAST_BOOT",
                                                          "SERIAL_NUMBER",
                                                          "HARDWARE_UUID",
                                                          "FIRST_FOUND_DATE",
                                                          "LAST_ACTIVITY",
                                                          "AGENT_STATUS",
                                                          "CLOUD_AGENT_RUNNING_ON",
                                                          "LAST_SCAN_DATETIME",
                                                          "LAST_VULN_SCAN_DATETIME",
                                                          "LAST_VM_SCANNED_DATE",
                                                          "LAST_VM_SCANNED_DURATION",
                                                          "LAST_VM_AUTH_SCANNED_DATE",
                                                          "LAST_VM_AUTH_SCANNED_DURATION",
                                                          "VM_AUTH_INSUFFICIENT_PRIVILEGE",
                                                          "LAST_COMPLIANCE_SCAN_DATETIME",
                                                          "LAST_SCAP_SCAN_DATETIME",
                                                          "LAST_PC_SCANNED_DATE",
                                                          "OWNER",
                                                          "COMMENTS",
                                                          "USER_DEF",
                                                          "LABEL_1",
                                                          "LABEL_2",
                                                          "LABEL_3",
                                                          "VALUE_1",
                                                          "VALUE_2",
                                                          "VALUE_3",
                                                          "ASSET_GROUP_IDS",
                                                          // their lists' members
                                                          "TAG",
                                                          "TAG_ID",
                                                          "NAME",
                                                          "COLOR",
                                                          "BACKGROUND_COLOR",
                                                          "ATTRIBUTE",
                                                          "LAST_STATUS",
                                                          "VALUE",
                                                          "LAST_SUCCESS_DATE",
                                                          "LAST_ERROR_DATE",
                                                          "LAST_ERROR",
                                                          "CLOUD_TAG",
                                                          "ASSET_GROUP",
                                                          "TITLE",
                                                          "EC2",
                                                          "GOOGLE",
                                                          "AZURE",
                                                          "ALICLOUD",
                                                          "USER",
                                                          "USER_LOGIN",
                                                          "FIRST_NAME",
                                                          "LAST_NAME",
                                                          // DETECTION
                                                          "UNIQUE_VULN_ID",
                                                          "QID",
                                                          "TYPE",
                                                          "SEVERITY",
                                                          "PORT",
                                                          "PROTOCOL",
                                                          "SSL",
                                                          "INSTANCE",
                                                          "RESULT_INSTANCE",
                                                          "STATUS",
                                                          "FIRST_FOUND_DATETIME",
                                                          "LAST_FOUND_DATETIME",
                                                          "SOURCE",
                                                          "QDS",
                                                          "QDS_FACTOR",
                                                          "TIMES_FOUND",
                                                          "LAST_TEST_DATETIME",
                                                          "LAST_UPDATE_DATETIME",
                                                          "LAST_FIXED_DATETIME",
                                                          "FIRST_REOPENED_DATETIME",
                                                          "LAST_REOPENED_DATETIME",
                                                          "TIMES_REOPENED",
                                                          "SERVICE",
                                                          "IS_IGNORED",
                                                          "IS_DISABLED",
                                                          "AFFECT_RUNNING_KERNEL",
                                                          "AFFECT_RUNNING_SERVICE",
                                                          "AFFECT_EXPLOITABLE_CONFIG",
                                                          "LAST_PROCESSED_DATETIME",
                                                          "ASSET_CVE",
                                                          "LATEST_VULNERABILITY_DETECTION_SOURCE",
                                                          "TRURISK_ELIMINATION_STATUS"};

const std::initializer_list<decode::element_names::special> special_names{
    {"TAGS", element_kind::list},
    {"CLOUD_PROVIDER_TAGS", element_kind::list},
    {"ASSET_GROUP_LIST", element_kind::list},
    {"QDS_FACTORS", element_kind::list},
    {"USER_LIST", element_kind::list},
    {"METADATA", element_kind::list_of_lists},
    {"TRURISK_SCORE_FACTORS", element_kind::list_holder},
    {"VULN_COUNT", element_kind::repeated},
    {"CVE", element_kind::repeated},
    {"VULNERABILITY_DETECTION_SOURCES", element_kind::repeated},
    {"MITRE_TACTIC_NAME", element_kind::repeated},
    {"MITRE_TACTIC_ID", element_kind::repeated},
    {"MITRE_TECHNIQUE_NAME", element_kind::repeated},
    {"MITRE_TECHNIQUE_ID", element_kind::repeated},
    {"RESULTS", element_kind::verbatim}};

}  // namespace

std::unique_ptr<decode::element_names> host_vocabulary()
{
    return std::make_unique<decode::element_names>(plain_names, special_names);
}

std::vector<std::string> host_names()
{
    std::vector<std::string> names(plain_names.begin(), plain_names.end());
    for (const auto& one : special_names)
        names.emplace_back(one.name);
    names.emplace_back("DETECTION");
    return names;
}

}  // namespace qdc::services
