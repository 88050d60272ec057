-- Runs a file outside its folder.
-- expect: forbidden
dofile('@SENTINEL@')
