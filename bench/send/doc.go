// Command send measures how fast Tokui sends, beside Postfix's smtp-source and beside go-mail's own Send, all to the same
// recording server: personalised messages of 20 KB with 8 tracked links, one recipient each.
//
//	go run ./bench/send                                   # Tokui unsigned, Ed25519 and RSA, go-mail, smtp-source
//	go run ./bench/send --only tokui --sign ed25519 --cpuprofile cpu.out
//	go run ./bench/send --only tokui --server 127.0.0.1:2525 --tls required --insecure   # to a server of your own
//
// Tokui runs whole: a frozen edition is read from its Parquet files, each message is rendered from its template and
// signed, its attempt is synced in the journal before its final dot and its answer after, and the accounts have to balance.
// go-mail gets the same parts, rendered alike, and writes nothing down; smtp-source sends one text of the same size again
// and again.
//
// The server runs in a process of its own (the command's own, started again): it speaks PIPELINING and 8BITMIME, keeps
// every recipient and Message-ID, and the command checks that each came once. Of each sender the command prints messages a
// second by the wall, and microseconds of CPU (user and system) a message of the sender and of the server: with both on
// two cores, and others on the machine, the CPU is the steadier figure. Nothing of this is part of `go test`.
package main
