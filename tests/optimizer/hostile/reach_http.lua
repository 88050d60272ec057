-- Sends what it knows to a server.
-- expect: forbidden
local btk = require 'btk'
print('ESCAPED', btk.http.get('http://127.0.0.1:@PORT@/'))
