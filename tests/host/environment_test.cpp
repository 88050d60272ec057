#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "host/cli/env_file.h"
#include "host/cli/log.h"
#include "host/cli/usage_error.h"
#include "host/service/secrets.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

Variables parse(std::string_view text) { return parse_env_file(text, "x/.env"); }

std::string text_of(std::FILE* file) {
  std::fflush(file);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

/// A variable that goes away with the test.
struct Variable {
  const char* name;
  Variable(const char* variable, const char* value) : name(variable) {
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Variable() { ::unsetenv(name); }
};

}  // namespace

TEST_CASE("A .env file is read as people write them") {
  CHECK(parse("\xef\xbb\xbf# a comment\r\n\r\nA=1\r\n  export B = two words # why\nC=a#b\nD=\nexport=7\n") ==
        Variables{{"A", "1"}, {"B", "two words"}, {"C", "a#b"}, {"D", ""}, {"export", "7"}});
  CHECK(parse("A='it\\n # ' # c\nB=\"x\\ny\\t\\\"\\\\\\$\"\nC=\"two\nlines\"\nD=1") ==
        Variables{{"A", "it\\n # "}, {"B", "x\ny\t\"\\$"}, {"C", "two\nlines"}, {"D", "1"}});
  CHECK(parse("").empty());
}

TEST_CASE("A mistake in a .env file is named by file and line, without the value") {
  CHECK_THROWS_WITH(parse("A=1\nnonsense\n"), Contains("x/.env:2: not understood; write NAME=VALUE"));
  CHECK_THROWS_WITH(parse("1A=1"), Contains("x/.env:1:"));
  CHECK_THROWS_WITH(parse("=1"), Contains("x/.env:1:"));
  CHECK_THROWS_WITH(parse("A=1\nB=\"open\n\n"), Contains("x/.env:2: the quote \" is not closed"));
  CHECK_THROWS_WITH(parse("A='x' hunter2"),
                    Contains("x/.env:1: there is text after") && !Contains("hunter2"));
  CHECK_THROWS_WITH(parse("A=\"\\q\""), Contains("unknown \\ sequence"));
}

TEST_CASE(
    "The script's .env wins over the working directory's, the environment over both, unless told otherwise") {
  test::TempFolder folder;
  folder.write("work/.env", "BTK_T_A=work\nBTK_T_B=work\nBTK_T_C=work\n");
  const auto script = folder.write("work/s/s.lua", "");
  folder.write("work/s/.env", "BTK_T_B=script\nBTK_T_C=script\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "work");
  const Variable a("BTK_T_A", nullptr), b("BTK_T_B", nullptr), c("BTK_T_C", "real");
  std::FILE* sink = std::tmpfile();
  Console console(sink, sink);
  load_environment({script}, false, console);
  CHECK(std::string(std::getenv("BTK_T_A")) == "work");
  CHECK(std::string(std::getenv("BTK_T_B")) == "script");
  CHECK(std::string(std::getenv("BTK_T_C")) == "real");
  load_environment({script}, true, console);
  CHECK(std::string(std::getenv("BTK_T_C")) == "script");
  const auto named = folder.write("named", "BTK_T_B=named\nBTK_T_C=named\n");
  const Variable again("BTK_T_B", nullptr), real("BTK_T_C", "real");
  load_environment({script}, false, console, {named});
  CHECK(std::string(std::getenv("BTK_T_B")) == "named");
  CHECK(std::string(std::getenv("BTK_T_C")) == "real");
  CHECK_THROWS_AS(load_environment({script}, false, console, {folder / "nowhere"}), UsageError);
  std::filesystem::current_path(before);
}

TEST_CASE("A setting with a bad value is told with its .env file, a folder of that name is told as well") {
  test::TempFolder folder;
  const std::filesystem::path file = folder.write(".env", "CC_PERCENT_FEE=much\n"), script = folder / "s.lua";
  const Variable gone("CC_PERCENT_FEE", nullptr);
  std::FILE* err = std::tmpfile();
  Console console(std::tmpfile(), err);
  try {
    load_environment({script}, false, console);
    FAIL("a fee that is no number was taken");
  } catch (const UsageError& e) {
    CHECK_THAT(e.what(), Contains(file.string() + ": CC_PERCENT_FEE"));
  }
  ::setenv("CC_PERCENT_FEE", "0.1", 1);
  CHECK_NOTHROW(load_environment({script}, false, console));  // it does not count
  CHECK_THROWS_AS(load_environment({script}, true, console), UsageError);
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  load_environment({script, folder / "other.lua"}, false, console);
  CHECK(text_of(err) == "warning: " + file.string() + " is a folder: no variables are read from it\n");
}

TEST_CASE("Secrets are known by their variable's name and masked to three characters") {
  const Secrets secrets(Variables{{"BINANCE_API_KEY", "abcdef123456"},
                                  {"my_token", "tok-99"},
                                  {"DB_PASSWORD", "short"},
                                  {"KEYBOARD", "qwertyuiop"},
                                  {"PLAIN", "visible"},
                                  {"DESKTOP_SESSION", "default"}});
  CHECK(secrets.mask("key=abcdef123456, tok-99; short qwertyuiop visible default") ==
        "key=abc***, tok***; short qwertyuiop visible default");
  CHECK(secrets.mask("abcdef123456abcdef123456") == "abc***abc***");
  CHECK(secrets.mask("abcdef12345") == "abcdef12345");
  CHECK(secrets.mask("").empty());
  CHECK(Secrets().mask("abcdef123456") == "abcdef123456");
}

TEST_CASE("Hashes, passes and credentials are secrets; words that end alike, and where a file lies, are not") {
  test::TempFolder folder;
  const std::string file = folder.write("credentials.json", "").string();
  const Secrets secrets(Variables{{"CC_TELEGRAM_API_HASH", "0a1b2c3d4e"},
                                  {"DB_PASS", "horse-battery"},
                                  {"AWS_CREDENTIAL", "credential-1"},
                                  {"AWS_CREDENTIALS", "more-of-them"},
                                  {"PROXY_BYPASS", "localhost"},
                                  {"COMPASS", "northwest"},
                                  {"GOOGLE_APPLICATION_CREDENTIALS", file}});
  CHECK(secrets.mask("0a1b2c3d4e horse-battery credential-1 more-of-them") == "0a1*** hor*** cre*** mor***");
  CHECK(secrets.mask("localhost northwest " + file) == "localhost northwest " + file);
}

TEST_CASE("The password of an address is a secret, whatever the variable is called") {
  const Secrets secrets(Variables{{"DATABASE", "postgres://anna:correct-horse@db:5432/x, redis://:pw@cache"},
                                  {"DEV", "mysql://trading-user:trading-user@localhost"},
                                  {"PLAIN", "http://host:8080/a:b@c mail://me@host ://:@"}});
  CHECK(secrets.mask("postgres://anna:correct-horse@db:5432/x correct-horse") == "postgres://anna:cor***@db:5432/x cor***");
  CHECK(secrets.mask("redis://:pw@cache pw") == "redis://:***@cache pw");
  CHECK(secrets.mask("mysql://trading-user:trading-user@localhost trading-user") == "mysql://trading-user:***@localhost trading-user");
  CHECK(secrets.mask("mysql://trading-user:other@localhost") == "mysql://trading-user:other@localhost");
  CHECK(secrets.mask("http://host:8080/a:b@c mail://me@host 8080") == "http://host:8080/a:b@c mail://me@host 8080");
  CHECK(secrets.mask("postgres://anna:other@db") == "postgres://anna:other@db");
}

TEST_CASE("A secret is also found in JSON, in a URL, in several lines and when it was cut off") {
  const Secrets secrets(Variables{{"A_SECRET", "a\"b/c&d=efgh\\ijkl"},
                                  {"B_KEY", "-----BEGIN\nMIIEvQIBADANBg\n-----END"},
                                  {"C_KEY", "0123456789abcdef0123456789abcdef"}});
  CHECK(secrets.mask(R"({"note":"a\"b/c&d=efgh\\ijkl"})") == R"({"note":"a\"b***"})");
  CHECK(secrets.mask("?s=a%22b%2Fc%26d%3Defgh%5Cijkl&x") == "?s=a%22b***&x");
  CHECK(secrets.mask("-----BEGIN MIIEvQIBADANBg -----END") == "---*** MII*** ---***");
  CHECK(secrets.mask("key 0123456789abcdef...") == "key 012***...");
  // A cut inside an escape leaves JSON that still reads.
  CHECK(secrets.mask(R"({"note":"a\"b/c&d=efgh\"})") == R"({"note":"a\"b***\"})");
}

TEST_CASE("The longest secret wins where several begin") {
  const Secrets secrets(Variables{{"A_KEY", "secret"}, {"B_KEY", "secret-and-more"}});
  CHECK(secrets.mask("secret-and-more secret-and") == "sec*** sec***-and");
}

TEST_CASE("Characters are not cut in two") {
  const Secrets secrets(Variables{{"A_PASSWORD", "ключ-пароль"}});
  CHECK(secrets.mask("ключ-пароль") == "клю***");
}

TEST_CASE("Nothing escapes through the console or the log") {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  {
    Console console(out, err);
    console.hide(std::make_shared<const Secrets>(Secrets(Variables{{"A_KEY", "hunter2hunter2"}})));
    const auto logger = make_logger(console, "info");
    console.print("print hunter2hunter2\n");
    console.note("note hunter2hunter2");
    log_line(*logger, "warn", "log hunter2hunter2");
    CHECK(console.mask("report hunter2hunter2") == "report hun***");
  }
  CHECK(text_of(out) == "print hun***\n");
  CHECK(text_of(err) == "note hun***\nwarning: log hun***\n");
}
