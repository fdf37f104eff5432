
TEST_CASE("output_certificates: an old authority beside a good one is no news, a renewed certificate is")
{
    const test::loopback_site site;
    const auto old = site.authority().issue({.name = "old", .valid_from = -7200s, .valid_to = -3600s});
    settings::output wanted;
    wanted.chain = site.file("chain.crt", old.certificate + site.authority().certificate());
    wanted.certificate = site.file("own.pem", old.certificate);
    app::output_certificates certificates(wanted);
    const auto now = std::chrono::system_clock::now();
    REQUIRE(certificates.now().size() == 2);
    CHECK(certificates.now()[0].expires < now);
    CHECK(certificates.now()[1].expires > now);
    CHECK(certificates.now()[1].file == "chain.crt");

    site.file("own.pem", site.authority().issue().certificate + site.authority().certificate());
    REQUIRE(certificates.now().size() == 3);
    CHECK(certificates.now()[0].expires > now);
    site.file("own.pem", "half");
    CHECK(certificates.now().size() == 3);
}
