"""Writes a C++ source that holds page.html and the Content-Security-Policy that fits it: embed.py PAGE SOURCE.

The page has one <script> and one <style>; their hashes are the only ones allowed.
"""
import base64
import hashlib
import pathlib
import re
import sys

page = pathlib.Path(sys.argv[1]).read_bytes()


def source_of(element):
    [inside] = re.findall(rb'<%s>(.*?)</%s>' % (element, element), page, re.S)
    return "'sha256-" + base64.b64encode(hashlib.sha256(inside).digest()).decode() + "'"


policy = '; '.join([
    "default-src 'none'",
    'script-src ' + source_of(b'script'),
    'style-src ' + source_of(b'style'),
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
])
# Numbers, not a string literal: a compiler need not take one of this length.
rows = ",\n".join(",".join(str(byte) for byte in page[at:at + 30]) for at in range(0, len(page), 30))
pathlib.Path(sys.argv[2]).write_text(f'''#include "status/page.hpp"

namespace qdc::status
{{
namespace
{{

constexpr char bytes[] = {{
{rows}
}};

}}  // namespace

const std::string_view page_html(bytes, sizeof bytes);
const std::string_view page_policy = "{policy}";

}}  // namespace qdc::status
''')
