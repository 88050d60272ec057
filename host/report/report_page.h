// The report as one HTML file. The page itself is written in TypeScript
// (web/report), put together by npm at build time, and lies beside the program;
// here its data is written into it. The file asks no network for anything.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace btk::host {

/// The built page: beside the program, or in ../share/btkhost of an installed one. Throws btk::Error with
/// what to install and which command builds it when it is not there.
std::filesystem::path report_page_template();

/// The page with `json` (UTF-8) in it. What the JSON says can neither end the element that holds it nor
/// become markup. Throws btk::Error when the template is unreadable or not this version's.
std::string report_page(const std::filesystem::path& page_template, std::string_view json);

/// `json` for a <script> element: "<" and the two line separators of Unicode as \u escapes.
std::string json_for_html(std::string_view json);

}  // namespace btk::host
