-- Starts a program.
-- expect: forbidden
os.execute('touch @SENTINEL@.new')
