-- Ends the process.
-- expect: forbidden
os.exit(0)
