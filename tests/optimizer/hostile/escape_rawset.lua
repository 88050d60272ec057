-- Past the metatables by rawset.
-- expect: forbidden
rawset(require "btk", "http", 1)
