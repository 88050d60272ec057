btkhost init project
cp project/*.lua .
