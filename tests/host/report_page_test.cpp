#include "host/report/report_page.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "engine/error.h"
#include "host/report/page_candles.h"

namespace btk::host {
namespace {

std::vector<unsigned char> unpacked(const std::string& base64) {
  std::vector<unsigned char> packed(base64.size());
  const int length = EVP_DecodeBlock(packed.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
  REQUIRE(length > 0);
  std::vector<unsigned char> out(1 << 20);
  uLongf size = out.size();
  REQUIRE(uncompress(out.data(), &size, packed.data(), static_cast<uLong>(length)) == Z_OK);
  out.resize(size);
  return out;
}

std::vector<std::int64_t> numbers(const std::vector<unsigned char>& bytes) {
  std::vector<std::int64_t> out;
  std::uint64_t value = 0;
  int shift = 0;
  for (const unsigned char byte : bytes) {
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    shift += 7;
    if (byte > 0x7f) continue;
    out.push_back(static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1));
    value = 0;
    shift = 0;
  }
  return out;
}

CandleSeries three() {
  CandleSeries series(Interval::m1, 60 * kMinute);
  series.push(100.25, 101, 99.5, 100.5, 7);
  series.push(100.5, 100.5, 90, 91.25, 0);
  series.push(80, 120.75, 79, 119, 70);
  return series;
}

}  // namespace

TEST_CASE("packed candles read back as they were") {
  const PackedCandles packed = pack_candles(three(), 0, 1000 * kMinute);
  REQUIRE(packed.first == 60 * kMinute);
  REQUIRE(packed.count == 3);
  REQUIRE(packed.decimals == 2);
  const auto values = numbers(unpacked(packed.data));
  REQUIRE(values.size() == 15);
  CHECK(std::vector(values.begin(), values.begin() + 12) ==
        std::vector<std::int64_t>{10025, 0, 8000 - 9125, 25, -925, 3900, 50, 0, 175, 75, 125, 100});
  for (const auto& [index, volume] : {std::pair(12, 7.0), std::pair(13, 0.0), std::pair(14, 70.0)}) {
    CHECK(std::expm1(static_cast<double>(values[static_cast<std::size_t>(index)]) / 32) *
              packed.volume_unit ==
          Approx(volume).epsilon(0.03));
  }
}

TEST_CASE("candles outside the range are left out") {
  CHECK(pack_candles(three(), 61 * kMinute, 61 * kMinute).count == 1);
  CHECK(pack_candles(three(), 61 * kMinute, 61 * kMinute).first == 61 * kMinute);
  CHECK(pack_candles(three(), 63 * kMinute, 99 * kMinute).count == 0);
  CHECK(pack_candles(CandleSeries(), 0, kDay).count == 0);
}

TEST_CASE("prices of coins worth a fraction of a cent keep seven digits") {
  CandleSeries series(Interval::m1, 0);
  series.push(0.000012345678, 0.000012345999, 0.000012345111, 0.000012345678, 1);
  const PackedCandles packed = pack_candles(series, 0, kMinute);
  CHECK(packed.decimals == 11);
  CHECK(numbers(unpacked(packed.data)).front() == 1234568);
}

TEST_CASE("a document cannot leave its element") {
  CHECK(json_for_html(R"({"a":"</script><!--"})") == R"({"a":"\u003c/script>\u003c!--"})");
  CHECK(json_for_html("\xe2\x80\xa8 \xe2\x80\xa9 \xe2\x80\xa6") == "\\u2028 \\u2029 \xe2\x80\xa6");
}

TEST_CASE("a file that is no page is refused") {
  const auto file = std::filesystem::temp_directory_path() / "btk-no-page.html";
  std::ofstream(file) << "<html></html>";
  CHECK_THROWS_AS(report_page(file, "{}"), Error);
  std::filesystem::remove(file);
  CHECK_THROWS_AS(report_page(file, "{}"), Error);
}

}  // namespace btk::host
