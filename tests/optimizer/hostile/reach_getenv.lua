-- Reads a secret by os.getenv.
-- expect: forbidden
print('ESCAPED', os.getenv('BTK_TEST_SECRET'))
