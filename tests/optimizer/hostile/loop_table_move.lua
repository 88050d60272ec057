-- table.move over 2^53 absent elements.
-- expect: forbidden
table.move({}, 1, 2 ^ 53, 1, {})
