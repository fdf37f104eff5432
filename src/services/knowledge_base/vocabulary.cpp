#include "services/knowledge_base/vocabulary.hpp"

#include <initializer_list>
#include <string_view>

namespace qdc::services
{
namespace
{

using decode::element_kind;

// clang-format off
const std::initializer_list<std::string_view> plain_names{
    "QID", "VULN_TYPE", "SEVERITY_LEVEL", "TITLE", "CATEGORY", "TECHNOLOGY", "DETECTION_INFO", "LAST_CUSTOMIZATION",
    "DATETIME", "USER_LOGIN", "LAST_SERVICE_MODIFICATION_DATETIME", "PUBLISHED_DATETIME", "CODE_MODIFIED_DATETIME",
    "PATCH_PUBLISHED_DATE", "BUGTRAQ", "ID", "URL", "PATCHABLE", "SOFTWARE", "PRODUCT", "VENDOR", "VENDOR_REFERENCE",
    "CVE", "DIAGNOSIS", "DIAGNOSIS_COMMENT", "CONSEQUENCE", "CONSEQUENCE_COMMENT", "SOLUTION", "SOLUTION_COMMENT",
    "COMPLIANCE", "TYPE", "SECTION", "DESCRIPTION", "SRC_NAME", "REF", "DESC", "LINK", "MW_ID", "MW_TYPE",
    "MW_PLATFORM", "MW_ALIAS", "MW_RATING", "MW_LINK", "CVSS", "BASE", "TEMPORAL", "VECTOR_STRING", "ACCESS",
    "VECTOR", "COMPLEXITY", "IMPACT", "CONFIDENTIALITY", "INTEGRITY", "AVAILABILITY", "AUTHENTICATION",
    "EXPLOITABILITY", "REMEDIATION_LEVEL", "REPORT_CONFIDENCE", "CVSS_V3", "CVSS3_VERSION", "ATTACK",
    "PRIVILEGES_REQUIRED", "USER_INTERACTION", "SCOPE", "EXPLOIT_CODE_MATURITY", "PCI_FLAG", "AUTOMATIC_PCI_FAIL",
    "THREAT_INTEL", "SUPPORTED_MODULES", "DISCOVERY", "REMOTE", "AUTH_TYPE", "ADDITIONAL_INFO", "IS_DISABLED",
    "CHANGE_LOG_INFO", "CHANGE_DATE", "COMMENTS"};
// clang-format on

const std::initializer_list<decode::element_names::special> special_names{
    {"BUGTRAQ_LIST", element_kind::list},
    {"SOFTWARE_LIST", element_kind::list},
    {"VENDOR_REFERENCE_LIST", element_kind::list},
    {"CVE_LIST", element_kind::list},
    {"COMPLIANCE_LIST", element_kind::list},
    {"AUTH_TYPE_LIST", element_kind::list},
    {"CHANGE_LOG_LIST", element_kind::list},
    {"EXPLT_LIST", element_kind::list},
    {"MW_LIST", element_kind::list},
    {"THREAT_INTELLIGENCE", element_kind::list},
    {"CORRELATION", element_kind::list_holder},
    {"EXPLOITS", element_kind::list_holder},
    {"MALWARE", element_kind::list_holder},
    {"PCI_REASONS", element_kind::list_holder},
    {"EXPLT_SRC", element_kind::repeated},
    {"EXPLT", element_kind::repeated},
    {"MW_SRC", element_kind::repeated},
    {"MW_INFO", element_kind::repeated},
    {"PCI_REASON", element_kind::repeated}};

}  // namespace

std::unique_ptr<decode::element_names> kb_vocabulary()
{
    return std::make_unique<decode::element_names>(plain_names, special_names);
}

std::vector<std::string> kb_names()
{
    std::vector<std::string> names(plain_names.begin(), plain_names.end());
    for (const auto& one : special_names)
        names.emplace_back(one.name);
    return names;
}

}  // namespace qdc::services
