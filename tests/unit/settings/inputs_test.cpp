#include "site.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

const std::string here_key = "inputs.qualys.";

outcome read_input(const std::string& input)
{
    const site here;
    pieces p;
    p.input = "    id: 1\n" + input;
    return here.read(p.text());
}

outcome read_credentials(const site& here, const std::string& credentials)
{
    pieces p;
    p.credentials = credentials;
    return here.read(p.text());
}

std::string host_problem(const std::string& hostname)
{
    const site here;
    const auto result =
        read_credentials(here, "      hostname: " + hostname + "\n      username: u\n      password: s3cret\n");
    const auto* found = problem_at(result, "inputs.qualys.credentials.hostname");
    return found == nullptr ? "" : found->what + " -> " + found->fix;
}

}  // namespace

TEST_CASE("settings inputs: the id keeps its spelling and is mandatory")
{
    const site here;
    pieces p;
    p.input = "    id: 00123\n";
    CHECK(here.read(p.text()).value->inputs.at(0).id == "00123");
    p.input = "    enabled: yes\n";
    CHECK(problem_at(here.read(p.text()), here_key + "id")->what == "is missing");
}

TEST_CASE("settings inputs: a hostname may carry a port and never a scheme")
{
    const site here;
    const auto result =
        read_credentials(here, "      hostname: localhost:8443\n      username: u\n      password: s3cret\n");
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).host == "localhost");
    CHECK(result.value->inputs.at(0).port == "8443");

    CHECK(
        host_problem("https://qualysapi.example.com/x") ==
        "`https://qualysapi.example.com/x` begins with a scheme, `https://`; a host name has none -> write "
        "`qualysapi.example.com`"
    );
    const auto masked = host_problem("https://u:s3cret@h");
    CHECK(masked.find("s3cret") == std::string::npos);
    CHECK(masked.find("-> write `h`") != std::string::npos);
    CHECK(host_problem("u:s3cret@h").find("s3cret") == std::string::npos);
    CHECK(host_problem("a/b").find("is no host name") != std::string::npos);
    CHECK(host_problem("a:99999").find("is no host name") != std::string::npos);
    CHECK(host_problem("").find("is empty") != std::string::npos);
}

TEST_CASE("settings inputs: a password is taken byte for byte")
{
    const site here;
    for (const std::string password : {"abc,", "a\"b'c", "p%w+&\\", "grün“x”", "123456", "true", "a: b"})
    {
        CAPTURE(password);
        std::string quoted = "'";
        for (const char c : password)
            quoted += c == '\'' ? std::string("''") : std::string(1, c);
        const auto result =
            read_credentials(here, "      hostname: h\n      username: u\n      password: " + quoted + "'\n");
        REQUIRE(result.value);
        CHECK(result.value->inputs.at(0).login.password.reveal() == password);
    }
    const auto plain = read_credentials(here, "      hostname: h\n      username: u\n      password: abc,\n");
    CHECK(plain.value->inputs.at(0).login.password.reveal() == "abc,");
}

TEST_CASE("settings inputs: missing credentials are errors, all of them, and name the ways to give them")
{
    const site here;
    const auto result = read_credentials(here, "      username:\n");
    CHECK_FALSE(result.value);
    CHECK(problem_at(result, here_key + "credentials.hostname")->what == "is missing");
    CHECK(problem_at(result, here_key + "credentials.username")->what == "is empty");
    const auto* password = problem_at(result, here_key + "credentials.password");
    REQUIRE(password);
    CHECK(password->what == "is missing");
    CHECK(password->fix.find("password_file") != std::string::npos);
    CHECK(password->fix.find("qualys_password") != std::string::npos);
}

TEST_CASE("settings inputs: without credentials at all there is one problem, not one for each key")
{
    const site here;
    const auto result = here.read("globals: {name: n}\noutputs: {c: {type: console}}\n"
                                  "inputs: {q: {id: 1, services: {vm_scans: {}}}}\n");
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].key == "inputs.q.credentials");
}

TEST_CASE("settings inputs: a password that YAML takes for a comment or a tag is an error that explains quotes")
{
    const site here;
    for (const std::string password : {"#s3cret", "!s3cret", "*s3cret", "&s3cret", "@s3cret", "%s3cret"})
    {
        CAPTURE(password);
        const auto result =
            read_credentials(here, "      hostname: h\n      username: u\n      password: " + password + "\n");
        CHECK_FALSE(result.value);
        const auto shown = problems_json(result.problems);
        CHECK(shown.find("s3cret") == std::string::npos);
        CHECK(shown.find("quote") != std::string::npos);
    }
}

TEST_CASE("settings inputs: secrets come from files, without their line end")
{
    const site here;
    here.write("credentials/user", "acme_ab1\n");
    const auto path = here.write("elsewhere/password", "s3 cret\r\n");
    const auto result = read_credentials(
        here, "      hostname: h\n      username_file: user\n      password_file: " + path.string() + "\n"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).login.username == "acme_ab1");
    CHECK(result.value->inputs.at(0).login.password.reveal() == "s3 cret");
}

TEST_CASE("settings inputs: a secret's file that is missing, empty, long or public is a problem")
{
    namespace fs = std::filesystem;
    const site here;
    const auto problem_of = [&here](const std::string& file)
    {
        const auto result =
            read_credentials(here, "      hostname: h\n      username: u\n      password_file: " + file + "\n");
        const auto* found = problem_at(result, here_key + "credentials.password_file");
        return found == nullptr ? std::string() : found->what;
    };
    CHECK(problem_of("none").find("does not exist") != std::string::npos);
    here.write("credentials/empty", "\n");
    CHECK(problem_of("empty").find("is empty") != std::string::npos);
    here.write("credentials/two", "a\nb\n");
    CHECK(problem_of("two").find("several lines") != std::string::npos);
    here.write("credentials/long", std::string(70'000, 'x'));
    CHECK(problem_of("long").find("no file of a single secret") != std::string::npos);
    CHECK(problem_of(here.root().string()).find("is a directory") != std::string::npos);
    fs::permissions(here.write("credentials/open", "s3cret\n"), fs::perms::others_read, fs::perm_options::add);
    CHECK(problem_of("open").find("can be read by everybody") != std::string::npos);
}

TEST_CASE("settings inputs: a value and its file together are an error")
{
    const site here;
    here.write("credentials/password", "s3cret\n");
    const auto result = read_credentials(
        here, "      hostname: h\n      username: u\n      password: s3cret\n      password_file: password\n"
    );
    CHECK_FALSE(result.value);
    CHECK(problem_at(result, here_key + "credentials.password_file")->severity == severity::error);
}

TEST_CASE("settings inputs: systemd credentials are found by themselves and yield to the configuration")
{
    site here;
    here.write("systemd/qualys_username", "from_systemd\n");
    here.write("systemd/qualys_password", "s3cret from systemd\n");
    here.environment("CREDENTIALS_DIRECTORY", (here.root() / "systemd").string());
    const auto found = read_credentials(here, "      hostname: h\n");
    CHECK(found.problems.empty());
    REQUIRE(found.value);
    CHECK(found.value->inputs.at(0).login.username == "from_systemd");
    CHECK(found.value->inputs.at(0).login.password.reveal() == "s3cret from systemd");

    const auto own = read_credentials(here, "      hostname: h\n      username: u\n");
    CHECK(own.value->inputs.at(0).login.username == "u");
    CHECK(own.value->inputs.at(0).login.password.reveal() == "s3cret from systemd");
}

TEST_CASE("settings inputs: every input is a subscription of its own, and a disabled one is skipped unread")
{
    const site here;
    const std::string login = "credentials: {hostname: h, username: u, password: s3cret}, services: {vm_scans: {}}";
    const auto result = here.read(
        "globals: {name: n}\noutputs: {c: {type: console}}\ninputs:\n  a: {id: 1, " + login +
        "}\n  b: {enabled: \"false\", nonsense: 1}\n  c: {id: 2, " + login + "}\n"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    REQUIRE(result.value->inputs.size() == 2);
    CHECK(result.value->inputs[0].name == "a");
    CHECK(result.value->inputs[1].name == "c");
    CHECK(result.value->inputs[1].id == "2");
}

TEST_CASE("settings inputs: nothing switched on is an error")
{
    const site here;
    const auto result = here.read("globals: {name: n}\noutputs: {c: {type: console}}\ninputs: {a: {enabled: false}}\n");
    CHECK_FALSE(result.value);
    CHECK(problem_at(result, "inputs")->what == "has no input that is switched on");
}

TEST_CASE("settings inputs: a name that could leave the state directory is an error")
{
    const site here;
    for (const std::string name : {"../x", "a;b", "'..'"})
    {
        const auto result = here.read(
            "globals: {name: n}\noutputs: {c: {type: console}}\ninputs:\n  " + name +
            ": {id: 1, credentials: {hostname: h, username: u, password: p}, services: {vm_scans: {}}}\n"
        );
        CHECK_FALSE(result.value);
    }
}

TEST_CASE("settings inputs: quota, timeouts and versions are read and checked")
{
    const auto good = read_input(
        "    quota_share: 0.5\n    connect_timeout_in_seconds: 5\n    first_byte_timeout_in_seconds: 6\n"
        "    idle_timeout_in_seconds: 7\n    api_versions: {host_list: 2.0, scan_list: auto, user_activity: 3}\n"
    );
    REQUIRE(good.problems.size() == 1);  // that version ends soon
    CHECK(good.problems[0].key == here_key + "api_versions.host_list");
    REQUIRE(good.value);
    const auto& in = good.value->inputs.at(0);
    CHECK(in.quota_share == 0.5);
    CHECK(in.connect_timeout == std::chrono::seconds(5));
    CHECK(in.first_byte_timeout == std::chrono::seconds(6));
    CHECK(in.idle_timeout == std::chrono::seconds(7));
    CHECK(in.api_versions.at("host_list") == "2.0");
    CHECK(in.api_versions.at("scan_list") == "auto");
    CHECK(in.api_versions.at("user_activity") == "3.0");
    CHECK(in.api_versions.at("scan_fetch") == "2.0");

    CHECK(problem_at(read_input("    quota_share: 0\n"), here_key + "quota_share")->severity == severity::error);
    CHECK(problem_at(read_input("    quota_share: 1.5\n"), here_key + "quota_share")->what == "1.5 is out of range");
    CHECK(problem_at(read_input("    idle_timeout_in_seconds: 0\n"), here_key + "idle_timeout_in_seconds"));
    CHECK(problem_at(read_input("    api_versions: {host_list: latest}\n"), here_key + "api_versions.host_list"));
    CHECK(
        problem_at(read_input("    api_versions: {host_lst: 5.0}\n"), here_key + "api_versions.host_lst")->fix ==
        "did you mean `host_list`?"
    );
}

TEST_CASE("settings inputs: a proxy is http with host and port, and never shown")
{
    const auto good = read_input("    proxy: http://user:s3cret@proxy.example.com:3128\n");
    CHECK(good.problems.empty());
    CHECK(good.value->inputs.at(0).proxy.reveal() == "http://user:s3cret@proxy.example.com:3128");
    for (const std::string proxy : {"https://u:s3cret@p:1", "s3cret@p:1", "http://u:s3cret@p", "http://u:s3cret@p:x"})
    {
        CAPTURE(proxy);
        const auto bad = read_input("    proxy: " + proxy + "\n");
        CHECK_FALSE(bad.value);
        CHECK(problems_json(bad.problems).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("settings inputs: a trust store of its own is looked up among the certificates")
{
    const site here;
    pieces p;
    p.input += "    tls: {ca_file: chain.crt}\n";
    CHECK(here.read(p.text()).value->inputs.at(0).ca_file == (here.root() / "certs/chain.crt").string());
    p.input = "    id: 1\n    tls: {ca_file: none.crt}\n";
    CHECK(problem_at(here.read(p.text()), here_key + "tls.ca_file")->what.find("does not exist") != std::string::npos);
}

TEST_CASE("settings inputs: limits are lists of periods and numbers, -1 is none")
{
    const auto result =
        read_input("    requests_per_second: 2.5\n    requests_limits:\n      - {period: 1h, number_of_requests: 300}\n"
                   "      - {period: \"1d\", number_of_requests: -1}\n");
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    const auto& limits = result.value->inputs.at(0).limits;
    REQUIRE(limits.size() == 2);
    CHECK(limits[0].period == std::chrono::seconds(1));
    CHECK(limits[0].calls == 2);
    CHECK(limits[1].period == std::chrono::seconds(3600));
    CHECK(limits[1].calls == 300);

    const auto slow = read_input("    requests_per_second: 0.3\n");
    CHECK(slow.value->inputs.at(0).limits.at(0).period == std::chrono::seconds(4));
    CHECK(slow.value->inputs.at(0).limits.at(0).calls == 1);
}

TEST_CASE("settings inputs: a wrong limit is an error with its place in the list")
{
    const auto result = read_input("    requests_limits:\n      - {period: 1x, number_of_requests: 0}\n      - "
                                   "{number_of_requests: many}\n      - 5\n");
    CHECK_FALSE(result.value);
    CHECK(problem_at(result, here_key + "requests_limits[0].period"));
    CHECK(problem_at(result, here_key + "requests_limits[0].number_of_requests"));
    CHECK(problem_at(result, here_key + "requests_limits[1].period")->what == "is missing");
    CHECK(problem_at(result, here_key + "requests_limits[1].number_of_requests"));
    CHECK(problem_at(result, here_key + "requests_limits[2]")->what == "is a single value, where a map is due");
    CHECK(problem_at(read_input("    requests_limits: 5\n"), here_key + "requests_limits"));
}

TEST_CASE("settings inputs: a proxy's login in a file that everybody can read has advice that helps a proxy")
{
    const site here;
    pieces p;
    p.input += "    proxy: http://pu:hunter2@p:3128\n";
    const auto file = here.write("config/config.yaml", p.text());
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    location where;
    where.directory = here.root();
    const auto result = read(where, present(), {});
    const auto* const proxy = problem_at(result, "inputs.qualys.proxy");
    REQUIRE(proxy);
    CHECK(proxy->fix.find("HTTPS_PROXY") != std::string::npos);
    CHECK(proxy->fix.find("password_file") == std::string::npos);
    const auto* const password = problem_at(result, here_key + "credentials.password");
    REQUIRE(password);
    CHECK(password->fix.find("password_file") != std::string::npos);
    CHECK(problems_json(result.problems).find("hunter2") == std::string::npos);
}

TEST_CASE("settings inputs: an id that makes a file's name too long is an error")
{
    const site here;
    const auto read_id = [&here](const std::string& id)
    {
        pieces p;
        p.input = "    id: \"" + id + "\"\n";
        return here.read(p.text());
    };
    CHECK(read_id(std::string(200, '7')).problems.empty());
    CHECK(read_id(std::string(70, '.')).problems.empty());
    for (const auto& id : {std::string(300, '7'), std::string(75, '.')})
    {
        const auto result = read_id(id);
        CHECK_FALSE(result.value);
        REQUIRE(problem_at(result, here_key + "id"));
        CHECK(problem_at(result, here_key + "id")->what.find("too long") != std::string::npos);
    }
}
