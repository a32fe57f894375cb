package response

import "strconv"

// wordsEn are the pages in English.
func wordsEn(one page, s Sender) content {
	c := content{Lang: "en"}
	who := "us"
	if s.Company != "" {
		who = s.Company
	}
	if s.Contact != "" {
		c.Contact = "Questions: " + s.Contact
	}
	switch one {
	case askPage:
		c.Title = "Unsubscribe"
		c.Text = []string{"Do you want to stop receiving newsletters and offers from " + who + " by e-mail?"}
		c.Action = "confirm"
		c.Choice = "Send me no advertising by post either"
		c.Button = "Unsubscribe"
	case donePage, doneAllPage:
		c.Title = "You are unsubscribed"
		how := "by e-mail"
		if one == doneAllPage {
			how = "by e-mail or by post"
		}
		c.Text = []string{
			"We will send you no more newsletters and offers " + how + ". A message that was on its way already may still arrive.",
			"Messages about your orders and enquiries are not affected.",
		}
	case preferencesPage:
		c.Title = "What would you like to receive?"
		c.Text = []string{"Choose what " + who + " may send you by e-mail. What you save here replaces what you chose before; this page cannot show it."}
		c.Action = "save"
		c.Groups = groups(s, groupWords{
			topics: "Topics", topicsHelp: "Take the tick away from what does not interest you.",
			pace: "How often", pauses: "A break",
			paceOf: func(days int) string {
				return map[int]string{0: "Whenever there is news", 7: "Once a week at most", 14: "Once in two weeks at most", 30: "Once a month at most"}[days]
			},
			pauseOf: func(days int) string {
				if days == 0 {
					return "No break"
				}
				return "Nothing for " + strconv.Itoa(days) + " days"
			},
		})
		c.Button = "Save"
		c.Leave = "Would you rather receive no newsletters and offers at all?"
		c.LeaveButton = "Unsubscribe"
	case preferredPage:
		c.Title = "Saved"
		c.Text = []string{
			"We have noted your wishes. A message that was on its way already may still arrive.",
			"Messages about your orders and enquiries are not affected. You can change your choice by the same link at any time.",
		}
	case joinPage:
		c.Title = "Newsletters and offers by e-mail"
		c.Text = []string{
			"Give us your address, and we will send you newsletters and offers from " + who + ". We use it for nothing else.",
			"You will first receive a mail with a link to confirm. You can unsubscribe at any time by a link in every mail.",
		}
		c.Action = "ask"
		c.Inputs = inputs("E-mail address", "Name (may be left out)", "Leave this empty")
		c.Button = "Send me your mail"
	case joinedPage:
		c.Title = "Please look into your mailbox"
		c.Text = []string{"You will soon receive a mail with a link. Only when you have confirmed there will we write to you."}
	case confirmPage:
		c.Title = "Please confirm"
		c.Text = []string{
			"Somebody asked for newsletters and offers from " + who + " to be sent to your address. If that was you, please press the button: only then will we write to you.",
			"If it was not you, you need do nothing. You can unsubscribe at any time by a link in every mail.",
		}
		c.Action = "confirm"
		c.Button = "Yes, send me your mail"
	case confirmedPage:
		c.Title = "Thank you"
		c.Text = []string{"Your address is confirmed. You will receive our newsletters and offers by e-mail, and can unsubscribe at any time by a link in every mail."}
	case usedPage:
		c.Title = "This link has been used"
		c.Text = []string{"The confirmation was received, and the link works only once. To change what you receive, use the link at the foot of our mails, or write to us."}
	case expiredPage:
		c.Title = "This link has expired"
		c.Text = []string{"A confirmation has to come within a few days. If you would like to receive our mail, please ask for it once more."}
	case nothingPage:
		c.Title = "There is nothing here"
		c.Text = []string{"This link is not meant for people. You can close the page; nothing has been changed."}
	case unknownPage:
		c.Title = "This link does not work"
		c.Text = []string{"It may have been cut off. Please open the link in the e-mail once more, or write to us and we will do it for you."}
	case busyPage:
		c.Title = "Please try again in a minute"
		c.Text = []string{"There were too many requests from your network. Nothing has been changed."}
	case failedPage:
		c.Title = "That did not work"
		c.Text = []string{"Your request could not be recorded, and it is our fault. Please try again in a few minutes."}
	}
	return c
}

// groupWords are the words of the preference page's questions.
type groupWords struct {
	topics, topicsHelp, pace, pauses string
	paceOf, pauseOf                  func(days int) string
}

// groups are the questions of the preference page: of topics only where there are any.
func groups(s Sender, words groupWords) []group {
	var all []group
	if len(s.Topics) > 0 {
		topics := group{Title: words.topics, Help: words.topicsHelp, Name: "topic", Many: true}
		for _, topic := range s.Topics {
			topics.Options = append(topics.Options, option{Value: topic.Name, Label: topic.Label, Chosen: true})
		}
		all = append(all, topics)
	}
	choice := func(title, name string, days []int, of func(int) string) {
		g := group{Title: title, Name: name}
		for _, n := range days {
			g.Options = append(g.Options, option{Value: strconv.Itoa(n), Label: of(n), Chosen: n == 0})
		}
		all = append(all, g)
	}
	choice(words.pace, "every", paces(), words.paceOf)
	choice(words.pauses, "pause", pauses(), words.pauseOf)
	return all
}
