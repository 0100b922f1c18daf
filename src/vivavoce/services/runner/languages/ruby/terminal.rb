# As on a terminal, what a program writes is seen at once. Into a pipe Ruby would keep it back until it ends.
$stdout.sync = true
