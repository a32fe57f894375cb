package response

import "strconv"

// wordsJa are the pages in Japanese.
func wordsJa(one page, s Sender) content {
	c := content{Lang: "ja"}
	who := "当社"
	if s.Company != "" {
		who = s.Company
	}
	if s.Contact != "" {
		c.Contact = "お問い合わせ：" + s.Contact
	}
	switch one {
	case askPage:
		c.Title = "メール配信の停止"
		c.Text = []string{who + "からのご案内メールの配信を停止します。よろしければ、下のボタンを押してください。"}
		c.Action = "confirm"
		c.Choice = "郵送でのご案内も希望しません"
		c.Button = "配信を停止する"
	case donePage, doneAllPage:
		c.Title = "配信を停止しました"
		how := "メールで"
		if one == doneAllPage {
			how = "メールでも郵送でも"
		}
		c.Text = []string{
			"今後、" + how + "ご案内をお送りすることはありません。行き違いで届いた場合は、ご容赦ください。",
			"ご注文やお問い合わせについてのご連絡は、これまでどおりお送りします。",
		}
	case preferencesPage:
		c.Title = "メール配信の設定"
		c.Text = []string{who + "からのご案内メールについて、ご希望をお選びください。保存すると、以前に選ばれた内容はすべて置き換わります（以前の内容はこの画面には表示されません）。"}
		c.Action = "save"
		c.Groups = groups(s, groupWords{
			topics: "ご案内の内容", topicsHelp: "ご不要なもののチェックを外してください。",
			pace: "お届けの頻度", pauses: "一時休止",
			paceOf: func(days int) string {
				return map[int]string{0: "ご案内のつど", 7: "週に1回まで", 14: "2週間に1回まで", 30: "月に1回まで"}[days]
			},
			pauseOf: func(days int) string {
				if days == 0 {
					return "休止しない"
				}
				return strconv.Itoa(days) + "日間休止する"
			},
		})
		c.Button = "設定を保存する"
		c.Leave = "ご案内メールを一切ご希望でない場合は、配信を停止していただけます。"
		c.LeaveButton = "配信を停止する"
	case preferredPage:
		c.Title = "設定を保存しました"
		c.Text = []string{
			"ご希望を承りました。行き違いでご案内が届いた場合は、ご容赦ください。",
			"ご注文やお問い合わせについてのご連絡は、これまでどおりお送りします。設定は、同じリンクからいつでも変更していただけます。",
		}
	case joinPage:
		c.Title = "ご案内メールのお申込み"
		c.Text = []string{
			"ご登録いただいたメールアドレスへ、" + who + "からのご案内をお送りします。それ以外の目的には使用いたしません。",
			"はじめに、確認用のリンクを記載したメールをお送りします。配信は、メールに記載のリンクからいつでも停止していただけます。",
		}
		c.Action = "ask"
		c.Inputs = inputs("メールアドレス", "お名前（任意）", "入力しないでください")
		c.Button = "申し込む"
	case joinedPage:
		c.Title = "確認メールをご覧ください"
		c.Text = []string{"まもなく、確認用のリンクを記載したメールをお送りします。リンク先でのご確認をもって、お申込みの完了となります。"}
	case confirmPage:
		c.Title = "メール配信のお申込みの確認"
		c.Text = []string{
			"お客様のメールアドレスで、" + who + "からのご案内メールのお申込みがありました。お申込みになった方は、下のボタンを押してください。ボタンを押されるまで、ご案内はお送りしません。",
			"お心当たりのない場合は、お手続きは不要です。配信は、メールに記載のリンクからいつでも停止していただけます。",
		}
		c.Action = "confirm"
		c.Button = "ご案内メールを受け取る"
	case confirmedPage:
		c.Title = "お申込みを受け付けました"
		c.Text = []string{"ありがとうございます。メールアドレスの確認が完了しました。今後、ご案内をメールでお送りします。配信は、メールに記載のリンクからいつでも停止していただけます。"}
	case usedPage:
		c.Title = "このリンクは使用済みです"
		c.Text = []string{"お申込みの確認はすでに承っております。リンクをお使いいただけるのは1回限りです。配信の変更や停止は、メールの末尾のリンクをご利用いただくか、当社までご連絡ください。"}
	case expiredPage:
		c.Title = "リンクの有効期限が切れています"
		c.Text = []string{"お手数ですが、ご案内メールをご希望の場合は、もう一度お申し込みください。"}
	case nothingPage:
		c.Title = "このページにはご案内がありません"
		c.Text = []string{"プログラムによるアクセスを見分けるためのリンクです。このままページを閉じてください。設定は何も変わっていません。"}
	case unknownPage:
		c.Title = "このリンクはお使いいただけません"
		c.Text = []string{"リンクが途中で切れている可能性があります。メールのリンクをもう一度お試しいただくか、当社までご連絡ください。"}
	case busyPage:
		c.Title = "しばらくしてからお試しください"
		c.Text = []string{"お使いのネットワークからのアクセスが集中しています。おそれいりますが、1分ほどしてからもう一度お試しください。設定は何も変わっていません。"}
	case failedPage:
		c.Title = "お手続きを完了できませんでした"
		c.Text = []string{"当社側の不具合により、受け付けできませんでした。おそれいりますが、数分後にもう一度お試しください。"}
	}
	return c
}
