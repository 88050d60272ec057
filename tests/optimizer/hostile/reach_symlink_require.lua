-- Requires a file beside it that is a link to somewhere else.
-- expect: forbidden
print('ESCAPED', require('link'))
