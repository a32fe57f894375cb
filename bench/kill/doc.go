// Command kill stops the real tokui in every way that a process can be stopped while it sends, starts it again until it is
// done, and counts at a recording SMTP server what arrived:
//
//	go run ./bench/kill                                        # 100,000 recipients, 200 kills: some ten minutes
//	go run ./bench/kill --recipients 2000 --kills 20           # a minute, as the tests do it
//	go run ./bench/kill --scenes kill,greylist
//
// It makes a company with so many contacts, loads and analyzes it once, and sends one campaign for each scene:
//
//	kill         SIGKILL at random instants: between two messages, inside of one, while planning, while starting; then the
//	             unconfirmed are settled from the server's log by tokui resolve, and sent again where it never had them
//	term         SIGTERM: what is on its way is finished, so nobody is unconfirmed
//	greylist     everybody is refused with 4xx at first, a tenth of the domains with 4.7.1; kills meanwhile
//	reset        the server resets connections, before the final dot and after it
//	stall        the server takes commands and letters and never answers; kills meanwhile
//	full         the disk of the journal is full, again and again: a small tmpfs where mounting is allowed, else a limit on
//	             the size of files
//	two          other processes try to send the same edition at the same time
//	unsubscribe  people unsubscribe while it is sent
//
// The last one is last because those people stay unsubscribed. Of each scene it prints a row of counts and, below, every
// rule that was broken: nobody received the edition twice; nobody is lost, that is, neither accepted, failed, withheld nor
// named as unconfirmed; whoever is accepted received it; unconfirmed is at most one for each connection that was open at
// each kill, and for each letter that the server took without an answer; nothing is sent that the journal does not know. The
// exit code is 1 where one was broken.
package main
