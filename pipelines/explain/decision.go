package explain

import "fmt"

// Decision is what a campaign would do with one contact of the customer if it were planned now.
type Decision struct {
	Campaign string `json:"campaign"`
	// Contact is the contact_id, of a list the customer_id; empty where the campaign does not consider the customer.
	Contact string `json:"contact"`
	// Arm is planned, held_out, excluded or not considered; Reason is of an exclusion.
	Arm    string `json:"arm"`
	Reason string `json:"reason"`
}

// reasonWords are the reasons of audience/plan.sql, in words.
func reasonWords(reason string) (en, ja string) {
	switch reason {
	case "unknown contact":
		return "the contact is not known", "連絡先が登録されていません"
	case "no address":
		return "there is no address", "アドレスがありません"
	case "invalid address":
		return "the address cannot be right", "アドレスの形式が正しくありません"
	case "no consent":
		return "there is no consent", "配信の同意がありません"
	case "no basis":
		return "its consent names no ground on which we may write", "同意の根拠（同意・通知・取引・公表）が記録されていません"
	case "not confirmed":
		return "it has asked for mail and not confirmed yet", "購読のお申込みの確認がまだ済んでいません"
	case "not confirmed in time":
		return "it did not confirm in time", "期限までに購読の確認がありませんでした"
	case "nothing to confirm":
		return "it has asked for nothing", "購読のお申込みがありません"
	case "confirmed already":
		return "it has confirmed", "購読の確認が済んでいます"
	case "asked already":
		return "it has had the confirmation mail", "確認メールは送付済みです"
	case "paused: own wish":
		return "it has asked for a pause", "ご本人の希望により配信を休止しています"
	case "topic refused":
		return "it does not want this topic", "このテーマの配信を希望されていません"
	case "capped: own wish":
		return "it wants mail less often", "ご本人が希望する配信間隔に達していません"
	case "capped: all campaigns":
		return "it has had, or will soon have, as many messages of all campaigns as it may", "全施策を合わせた配信数の上限に達しています"
	case "capped: customer":
		return "the customer's contacts have had as many messages as they may", "同じ顧客への配信数の上限に達しています"
	case "suppressed":
		return "it has unsubscribed, or its address does not work", "配信停止、または不達のアドレスです"
	case "open complaint":
		return "a complaint is open, and marketing waits", "クレームが未解決のため、広告の配信を控えています"
	case "open repair":
		return "a repair is open, and marketing waits", "修理が未完了のため、広告の配信を控えています"
	case "paused: no response":
		return "it has answered nothing for long, so that we pause", "長く反応がないため、配信を休止しています"
	case "answers elsewhere":
		return "it answers elsewhere, not by mail", "メール以外の手段に反応があるため、メールは送りません"
	case "reduced: fewer responses":
		return "it answers less, so that we write less often", "反応が減っているため、配信の頻度を下げています"
	case "capped":
		return "it has had as many messages as it may have", "配信数の上限に達しています"
	case "duplicate address":
		return "another contact with the same address gets it", "同じアドレスの別の連絡先に送ります"
	}
	return reason, reason
}

// Campaigns tells the decisions, campaign by campaign; titles are what people call them.
func Campaigns(locale string, decisions []Decision, titles map[string]string) Section {
	s := Section{Name: "campaigns", Title: "What our campaigns would do now", Sentences: []string{}, Facts: []Fact{}}
	if locale == "ja" {
		s.Title = "いま計画した場合の各施策"
	}
	for _, d := range decisions {
		s.Sentences = append(s.Sentences, d.sentence(locale, titles[d.Campaign]))
		s.Facts = append(s.Facts, Fact{Name: d.Campaign, Value: d.Arm})
	}
	return s
}

func (d Decision) sentence(locale, title string) string {
	en, ja := reasonWords(d.Reason)
	var english, japanese string
	switch d.Arm {
	case "planned":
		english, japanese = fmt.Sprintf("%s: %s would get it.", title, d.Contact), fmt.Sprintf("%s：%sが対象です。", title, d.Contact)
	case "held_out":
		english = fmt.Sprintf("%s: %s is held out by the draw, so that the effect can be measured.", title, d.Contact)
		japanese = fmt.Sprintf("%s：%sは抽選により比較対象です（送付せず、効果の測定に使います）。", title, d.Contact)
	case "excluded":
		english = fmt.Sprintf("%s: %s would not get it, because %s.", title, d.Contact, en)
		japanese = fmt.Sprintf("%s：%sには送りません（%s）。", title, d.Contact, ja)
	default:
		english, japanese = fmt.Sprintf("%s: not meant for this customer.", title), fmt.Sprintf("%s：対象ではありません。", title)
	}
	if locale == "ja" {
		return japanese
	}
	return english
}
