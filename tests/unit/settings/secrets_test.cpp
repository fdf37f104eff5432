#include "site.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

const std::string login_key = "inputs.qualys.credentials.";

outcome read_credentials(const site& here, const std::string& credentials)
{
    pieces p;
    p.credentials = "      hostname: h\n      username: u\n" + credentials;
    return here.read(p.text());
}

/// With these bytes in the file of the password.
outcome read_secret_file(const site& here, const std::string& bytes)
{
    here.write("credentials/password", bytes);
    return read_credentials(here, "      password_file: password\n");
}

std::string fault(const outcome& result, const std::string& key)
{
    const auto* const found = problem_at(result, login_key + key);
    return found == nullptr ? std::string() : found->what;
}

std::string password(const outcome& result)
{
    REQUIRE(result.value);
    return result.value->inputs.at(0).login.password.reveal();
}

}  // namespace

TEST_CASE("settings secrets: a byte order mark and line ends are no part of a secret")
{
    const site here;
    for (const std::string bytes :
         {"\xEF\xBB\xBFs3cret", "\xEF\xBB\xBFs3cret\r\n", "s3cret\n", "s3cret\n\n", "s3cret\r\n\r\n"})
    {
        const auto result = read_secret_file(here, bytes);
        CHECK(result.problems.empty());
        CHECK(password(result) == "s3cret");
    }
}

TEST_CASE("settings secrets: control characters, several lines and UTF-16 are refused with the reason")
{
    const site here;
    using namespace std::string_literals;
    const auto reason = [&here](const std::string& bytes)
    {
        const auto result = read_secret_file(here, bytes);
        CHECK_FALSE(result.value);
        CHECK(problems_json(result.problems).find("s3c") == std::string::npos);
        return fault(result, "password_file");
    };
    CHECK(reason("s3c\tret").find("a control character, as byte 4") != std::string::npos);
    CHECK(reason("s3cret\x1b").find("a control character") != std::string::npos);
    CHECK(reason("s3cret\x7f\n").find("a control character") != std::string::npos);
    CHECK(reason("s3c\0ret"s).find("a control character") != std::string::npos);
    CHECK(reason("s3cret\nnext").find("several lines") != std::string::npos);
    CHECK(reason("\ns3cret").find("several lines") != std::string::npos);
    CHECK(reason("s3c\rret").find("several lines") != std::string::npos);
    CHECK(reason("\xFF\xFEs\0003\0"s).find("UTF-16") != std::string::npos);
    CHECK(reason("\xEF\xBB\xBF\r\n").find("is empty") != std::string::npos);
}

TEST_CASE("settings secrets: blanks around a secret are kept and warned of")
{
    const site here;
    for (const std::string secret : {" s3cret", "s3cret ", "s3cret\xC2\xA0", "\xC2\xA0s3cret"})
    {
        const auto from_file = read_secret_file(here, secret + "\n");
        CHECK(password(from_file) == secret);
        CHECK(fault(from_file, "password_file").find("begins or ends with a blank") != std::string::npos);
        const auto written = read_credentials(here, "      password: '" + secret + "'\n");
        CHECK(password(written) == secret);
        CHECK(fault(written, "password").find("begins or ends with a blank") != std::string::npos);
    }
    CHECK(read_secret_file(here, "s3 cret\n").problems.empty());
}

TEST_CASE("settings secrets: what is written in the configuration is held to the same rules")
{
    const site here;
    CHECK(
        fault(read_credentials(here, "      password: \"s3c\\tret\"\n"), "password").find("control") !=
        std::string::npos
    );
    CHECK(
        fault(read_credentials(here, "      password: |\n        s3cret\n        more\n"), "password")
            .find("several lines") != std::string::npos
    );
}

TEST_CASE("settings secrets: a systemd credential is held to the same rules")
{
    site here;
    here.environment("CREDENTIALS_DIRECTORY", (here.root() / "systemd").string());
    here.write("systemd/qualys_password", "\xEF\xBB\xBFs3cret\r\n");
    CHECK(password(read_credentials(here, "")) == "s3cret");
    here.write("systemd/qualys_password", "s3cret\nmore\n");
    CHECK(fault(read_credentials(here, ""), "password").find("several lines") != std::string::npos);
    here.write("systemd/qualys_password", "s3cret \n");
    CHECK(fault(read_credentials(here, ""), "password").find("begins or ends with a blank") != std::string::npos);
}

TEST_CASE("settings secrets: a comma or a typographic quote at an end is kept and warned of, unless it is quoted")
{
    const site here;
    for (const std::string line : {"s3cret,", "“s3cret", "s3cret’"})
    {
        CAPTURE(line);
        const auto plain = read_credentials(here, "      password: " + line + "\n");
        CHECK(password(plain) == line);
        CHECK(fault(plain, "password").find("taken as a part of it") != std::string::npos);
        CHECK(problems_json(plain.problems).find("s3cret") == std::string::npos);
        CHECK(read_credentials(here, "      password: '" + line + "'\n").problems.empty());
    }
}

TEST_CASE("settings secrets: a file with a placeholder or a typographic quote in it is warned of")
{
    site here;
    for (const std::string text : {"<s3cret>", "${s3cret}", "{{ s3cret }}", "“s3cret", "“s3cret”"})
    {
        CAPTURE(text);
        const auto result = read_secret_file(here, text + "\n");
        CHECK(password(result) == text);
        CHECK(fault(result, "password_file").find("comes from a file whose text") == 0);
        CHECK(problems_json(result.problems).find("s3cret") == std::string::npos);
    }
    CHECK(read_secret_file(here, "s3cret,\n").problems.empty());
    here.environment("CREDENTIALS_DIRECTORY", (here.root() / "systemd").string());
    here.write("systemd/qualys_password", "<s3cret>\n");
    CHECK(fault(read_credentials(here, ""), "password").find("like a placeholder") != std::string::npos);
}

TEST_CASE("settings secrets: a comment behind an unquoted password is warned of, and shows nothing of it")
{
    const site here;
    for (const std::string line : {"abc #s3cret", "abc  # s3cret", "abc\t#s3cret"})
    {
        const auto result = read_credentials(here, "      password: " + line + "\n");
        CHECK(password(result) == "abc");
        CHECK(fault(result, "password").find("` #`") != std::string::npos);
        CHECK(problems_json(result.problems).find("s3cret") == std::string::npos);
    }
    for (const std::string line : {"abc#def", "'abc #def'", "\"abc #def\""})
        CHECK(read_credentials(here, "      password: " + line + "\n").problems.empty());
}

TEST_CASE("settings secrets: a comment behind a password in flow style and with CRLF is seen too")
{
    const site here;
    const auto result =
        here.read("globals: {name: n}\r\noutputs: {c: {type: console}}\r\ninputs:\r\n  q: {id: 1, credentials: "
                  "{hostname: h, username: u,\r\n   password: abc #def\r\n}, services: {vm_scans: {}}}\r\n");
    const auto* const found = problem_at(result, "inputs.q.credentials.password");
    REQUIRE(found);
    CHECK(found->severity == severity::warning);
    CHECK(found->line == 5);
}

TEST_CASE("settings secrets: a placeholder that nobody filled in is warned of")
{
    const site here;
    for (const std::string value : {"<password_value>", "${QUALYS_PASSWORD}", "x-${VAR}", "'{{ password }}'"})
    {
        const auto result = read_credentials(here, "      password: " + value + "\n");
        CHECK(fault(result, "password").find("looks like a placeholder") != std::string::npos);
        CHECK(count(result, severity::error) == 0);
    }
    for (const std::string value : {"a<b>c", "$abc", "${", "'{x}'"})
        CHECK(read_credentials(here, "      password: " + value + "\n").problems.empty());
    pieces p;
    p.input = "    id: <id_value>\n";
    CHECK(problem_at(here.read(p.text()), "inputs.qualys.id")->what.find("`<id_value>` looks") != std::string::npos);
}

TEST_CASE("settings secrets: the next password is read, and its file is one of those that are watched")
{
    const site here;
    here.write("credentials/next", "n3xt\n");
    const auto result = read_credentials(here, "      password: s3cret\n      next_password_file: next\n");
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    const auto& login = result.value->inputs.at(0).login;
    CHECK(login.next_password.reveal() == "n3xt");
    REQUIRE(login.files.size() == 1);
    CHECK(login.files[0].filename() == "next");
    CHECK_FALSE(read_credentials(here, "      password: s3cret\n      next_password_file: none\n").value);
}

TEST_CASE("settings secrets: a verb that needs none reads a configuration without them")
{
    const site here;
    location where;
    where.secrets = false;
    where.config = here.write(
        "config/config.yaml",
        "globals: {name: n}\noutputs: {d: {type: devo_platform, config: {address: a, chain: none, cert: none, key: "
        "none}}}\n"
        "inputs: {q: {id: 1, credentials: {hostname: h}, services: {vm_scans: {}}}}\n"
    );
    const auto without = read(where, present(), {});
    CHECK(without.problems.empty());
    REQUIRE(without.value);
    CHECK(without.value->inputs.at(0).id == "1");
    where.secrets = true;
    CHECK(count(read(where, present(), {}), severity::error) == 5);
}
