cp -r "$1/scripts" .
