package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// hit presses a key that writes nothing, with what is held down: "Ctrl+b", "ArrowDown", "Shift+Enter".
func (p *person) hit(key string) {
	p.t.Helper()
	held := int64(0)
	for name, bit := range map[string]int64{"Alt+": 1, "Ctrl+": 2, "Shift+": 8} {
		if strings.Contains(key, name) {
			key, held = strings.Replace(key, name, "", 1), held|bit
		}
	}
	codes := map[string]int64{"Enter": 13, "Tab": 9, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Backspace": 8}
	code := codes[key]
	if code == 0 {
		code = int64(strings.ToUpper(key)[0])
	}
	p.do("press "+key, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			params := input.DispatchKeyEventParams{Type: kind, Key: key, Code: key, WindowsVirtualKeyCode: code, Modifiers: held}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, params); err != nil {
				return err
			}
		}
		return nil
	}))
}

// types writes at the cursor, wherever it is.
func (p *person) types(text string) {
	p.t.Helper()
	p.do("type", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// runs lets a script of the page run; it may be a promise.
func (p *person) runs(script string) {
	p.t.Helper()
	p.do("run", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte]("(async () => {"+script+"; return 1})()", chromedp.EvalAwaitPromise))
		return err
	}))
}

const box = "document.querySelector('#composer-0')"

// holds waits until the composer of the channel holds a text.
func (p *person) holds(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("the composer holds %q", text), "return "+box+".value === "+js(text), nil)
}

func TestWhatIsTypedIsNeverLostAndNeverSaidTwice(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	p.open("/chat/general")

	p.write("#composer-0", "途中まで書いた文\n二行目")
	p.open("/chat/incidents")
	p.holds("")
	p.open("/chat/general")
	p.holds("途中まで書いた文\n二行目")
	p.shot("a draft is back")
	p.hit("Enter")
	p.see("#messages .msg .text", "途中まで書いた文")
	p.holds("")

	s.stop()
	p.say("サーバーが止まっている間の報告")
	p.see(".outbox li", "サーバーが止まっている間の報告")
	p.see(".outbox li", p.word("compose.unsent_wait"))
	p.say("続きの報告")
	p.see(".outbox li", "続きの報告") // what waits behind it is in sight too
	p.write("#composer-0", "次の下書き")
	p.shot("not sent")
	s.start()
	p.see("#messages .msg .text", "サーバーが止まっている間の報告")
	p.see("#messages .msg:last-child .text", "続きの報告")
	p.gone(".outbox li", "")
	p.holds("次の下書き")

	// It was sent, and the window died before the answer came.
	p.runs(`const deed = 'd'.repeat(32), me = document.body.dataset.me, form = new URLSearchParams({channel: 'general', thread: '0', text: '一度だけ言う', deed});
		await fetch('/do/say', {method: 'POST', body: form});
		localStorage.setItem('matoi.outbox.' + me, JSON.stringify([{deed, channel: 'general', thread: '0', text: '一度だけ言う', files: [], at: Date.now()}]))`)
	p.open("/chat/general")
	p.see("#messages .msg .text", "一度だけ言う")
	p.until("the outbox is empty", "return !localStorage.getItem('matoi.outbox.' + document.body.dataset.me)", nil)
	if n := p.count("#messages .msg .text", "一度だけ言う"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	// What has waited for long asks first.
	p.runs(`const me = document.body.dataset.me;
		localStorage.setItem('matoi.outbox.' + me, JSON.stringify([{deed: 'e'.repeat(32), channel: 'general', thread: '0', text: '昨日の話', files: [], at: Date.now() - 86400000}]))`)
	p.open("/chat/general")
	p.see(".outbox li", "昨日の話")
	p.press(".outbox button", p.word("compose.edit_again"))
	p.until("the text is back", "return "+box+".value.startsWith('昨日の話')", nil)
	p.gone(".outbox li", "")
	if n := p.count("#messages .msg .text", "昨日の話"); n != 0 {
		t.Errorf("an old text was sent by itself")
	}
}

func TestAFormLeftInTheMiddleIsThereAgain(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	p.open("/chat/general")
	p.say("/incident open")
	p.write("dialog[open] textarea, dialog[open] input:not([type=hidden])", "書きかけの件名")
	p.hit("Escape")
	p.see("dialog.sure", p.word("compose.discard_sure"))
	p.press("dialog.sure button", p.ask("document.body.dataset.wordCancel"))
	p.see("dialog[data-dialog]", "")
	p.open("/chat/general")
	p.say("/incident open")
	p.see("dialog[data-dialog] .kept", p.word("compose.kept"))
	if got := p.ask("[...document.querySelectorAll('dialog[data-dialog] textarea, dialog[data-dialog] input')].some(i => i.value === '書きかけの件名')"); got != "true" {
		t.Error("the form is empty")
	}
	p.shot("a form is back")
	p.write("dialog[data-dialog] textarea, dialog[data-dialog] input:not([type=hidden])", "決済が遅い")
	p.runs(`document.querySelector('dialog[data-dialog] input[name="f.title"]').value = '決済が遅い'`)
	p.submit()
	p.see("#channels .room-link", "決済が遅い")
	p.say("/incident open")
	p.see("dialog[data-dialog]", "")
	if n := p.count("dialog[data-dialog] .kept", ""); n != 0 {
		t.Error("what was sent comes back", p.ask("JSON.stringify(localStorage)"))
	}

	p.open("/incidents/" + s.numbers()[0])
	p.write("#log-text", "書きかけの記録")
	p.open("/incidents/" + s.numbers()[0])
	p.until("the log box holds it", "return document.querySelector('#log-text').value === '書きかけの記録'", nil)
	s.stop()
	p.runs("document.querySelector('form[data-log]').requestSubmit()")
	p.see(".unsent-row", p.word("compose.unsent_wait"))
	s.start()
	p.until("the log box is empty", "return document.querySelector('#log-text').value === ''", nil)
	s.until("it is recorded once", func() bool { return len(s.saying(s.numbers()[0], "書きかけの記録")) == 1 })
	p.open("/incidents/" + s.numbers()[0])
	p.until("the log box stays empty", "return document.querySelector('#log-text').value === ''", nil)
}

func TestTwoWindowsOfOnePersonKeepOneDraft(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	p.open("/chat/general")
	p.write("#composer-0", "ここで書く")
	// Another window of the same browser writes: under the hands of who writes here nothing changes.
	p.runs(`const key = Object.keys(localStorage).find(k => k.startsWith('matoi.draft.'));
		localStorage.setItem(key, JSON.stringify({text: 'あちらで書く', files: [], at: Date.now()}));
		dispatchEvent(new StorageEvent('storage', {key}))`)
	p.holds("ここで書く")
	p.runs(`document.activeElement.blur();
		const key = Object.keys(localStorage).find(k => k.startsWith('matoi.draft.'));
		dispatchEvent(new StorageEvent('storage', {key}))`)
	p.holds("あちらで書く")
}

func TestABrowserThatKeepsNothingCanBeWorkedWith(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	p.open("/chat/general")
	p.runs(`Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`)
	p.say("容量がいっぱいでも送れる")
	p.see("#messages .msg .text", "容量がいっぱいでも送れる")
	s.stop()
	p.say("止まっている間も")
	p.see(".outbox li", "止まっている間も")
	s.start()
	p.see("#messages .msg .text", "止まっている間も")
}

func TestFilesGoWithTheMessage(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	p.open("/chat/general")
	p.runs(`const c = document.createElement('canvas'); c.width = 120; c.height = 80;
		const g = c.getContext('2d'); g.fillStyle = '#c8391c'; g.fillRect(10, 10, 60, 40);
		const blob = await new Promise(r => c.toBlob(r)), data = new DataTransfer();
		data.items.add(new File([blob], 'グラフ.png', {type: 'image/png'}));
		data.items.add(new File(['14:35 restarted\n'], 'app.log', {type: 'text/plain'}));
		const room = document.querySelector('#messages');
		room.dispatchEvent(new DragEvent('dragover', {bubbles: true, cancelable: true, dataTransfer: data}))`)
	p.see(".room.dropping", "")
	p.shot("files over the room")
	p.runs(`const c = document.createElement('canvas'); c.width = 120; c.height = 80;
		const g = c.getContext('2d'); g.fillStyle = '#c8391c'; g.fillRect(10, 10, 60, 40);
		const blob = await new Promise(r => c.toBlob(r)), data = new DataTransfer();
		data.items.add(new File([blob], 'グラフ.png', {type: 'image/png'}));
		data.items.add(new File(['14:35 restarted\n'], 'app.log', {type: 'text/plain'}));
		document.querySelector('#messages').dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}))`)
	p.see(".attached li.ready", "グラフ.png")
	p.see(".attached li.ready", "app.log")
	p.until("the thumbnail is shown", "return document.querySelector('.attached img').naturalWidth === 120", nil)
	p.shot("files attached")
	p.open("/chat/general") // they survive a reload, as the text does
	p.see(".attached li.ready", "app.log")
	p.press(".attached li [data-unattach]", "app.log")
	p.gone(".attached li", "app.log")
	p.runs(`document.querySelector('#composer-0').focus()`)
	p.hit("Enter")
	p.see("#messages .msg a[href^='/files/']", "")
	p.gone(".attached li", "")

	p.runs(`const data = new DataTransfer(); data.items.add(new File([new Uint8Array(21 << 20)], 'core.dump'));
		document.querySelector('#messages').dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}))`)
	p.see("#reply .notice", "core.dump")
	p.gone(".attached li", "")
	p.runs(`const data = new DataTransfer(); data.items.add(new File(['GIF89a....'], 'image.png', {type: 'image/png'}));
		document.querySelector('#composer-0').dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data}))`)
	p.see(".attached li.ready", "image-2")
	p.shot("a pasted image")
}

func TestTheComposerProposesAndTeaches(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	s.sit(chromium, film, "鈴木 花子", lang.JA).enter()
	p.open("/chat/general")
	p.say("/incident open P1 決済がタイムアウトする --サービス 決済")
	p.see("#channels .room-link", "決済")

	p.write("#composer-0", "確認は ＠鈴")
	p.see(".options [role=option]", "鈴木 花子")
	p.shot("people are offered")
	p.enterKey()
	p.holds("確認は @鈴木 花子 ")
	p.types("お願いします #INC")
	p.see(".options [role=option]", "決済がタイムアウトする")
	p.hit("ArrowDown")
	p.hit("Enter")
	p.types("を見て")
	p.gone(".options [role=option]", "")
	p.types(" :fire")
	p.see(".options [role=option]", "🔥")
	p.hit("Tab")
	p.until("the sign is written", "return "+box+".value.endsWith('🔥 ')", nil)
	p.enterKey()
	p.see("#messages .msg .text a[href^='/incidents/INC-']", "INC-")
	p.see("#messages .msg .mention", "鈴木 花子")

	p.press("#channels .room-link", "決済")
	p.see("#room-title", "inc-")
	p.write("#composer-0", "/")
	p.see(".options .option-group", "")
	p.see(".options [role=option]", "了解")
	p.shot("commands are taught")
	p.hit("ArrowDown")
	p.see(".teach", "/incident")
	p.write("#composer-0", "/記")
	p.see(".options [role=option][aria-selected=true]", "記録")
	p.enterKey()
	p.holds("/incident 記録 ")
	p.see(".signature .current", "時刻")
	p.types("14:35 ")
	p.see(".signature .current", "内容")
	p.shot("the part at the cursor")
	p.write("#composer-0", "/incident 役割 ")
	p.see(".options [role=option]", "テックリード")
	p.see(".teach", "役割")
	p.shot("roles are offered")
	p.write("#composer-0", "/incident rloe @佐藤")
	p.see(".teach .teach-problem", "rloe")
	p.hit("ArrowDown")
	p.hit("Enter")
	p.holds("/incident role @佐藤 ")
	p.hit("Escape")
	p.gone(".complete", "")
	p.write("#composer-0", "/incident 状況")
	p.hit("Escape")
	p.enterKey()
	p.holds("")
	p.hit("Ctrl+ArrowUp")
	p.holds("/incident 状況")
	p.hit("Ctrl+ArrowDown")
	p.holds("")
}

func TestEmojiArePickedByKeyboard(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.enter()
	p.open("/chat/general")
	p.press("[data-emoji-into]", "")
	p.see(".emoji-picker[open] [role=gridcell]", "🙏")
	p.shot("emoji")
	p.types("消防車")
	p.until("one is found", "return document.querySelectorAll('.emoji-picker [role=gridcell]').length === 1", nil)
	p.hit("ArrowDown")
	p.until("the focus is on it", "return document.activeElement.dataset.sign === '🚒'", nil)
	p.press(".emoji-picker [role=gridcell]", "")
	p.gone(".emoji-picker", "")
	p.holds("🚒")
	p.press("[data-emoji-into]", "")
	p.see(".emoji-picker[open] [role=gridcell]", "🚒") // among the recent ones
	p.hit("ArrowDown")
	p.hit("ArrowRight")
	p.until("the focus moved", "return document.activeElement.dataset.sign === '👍'", nil)
	p.hit("Escape")
	p.gone(".emoji-picker", "")
	if got := p.ask("document.activeElement.matches('[data-emoji-into]')"); got != "true" {
		t.Error("the focus is lost behind the picker")
	}
}

func TestKeysPutMarkdownAroundWhatIsSelected(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "sato", lang.EN)
	p.enter()
	p.open("/chat/general")
	for key, want := range map[string]string{"Ctrl+b": "**word**", "Ctrl+i": "_word_", "Ctrl+e": "`word`", "Ctrl+k": "[word](https://)"} {
		p.write("#composer-0", "word")
		p.runs(box + ".select()")
		p.hit(key)
		p.holds(want)
		if key != "Ctrl+k" {
			p.hit(key)
			p.holds("word")
		}
	}
	p.write("#composer-0", "1. one\n2. two\n   - nested\n\n# Head\n```go\nfmt.Println(\"x\")\n```\n~~old~~ **new** #general")
	p.enterKey()
	p.see("#messages .msg ol li ul li", "nested")
	p.see("#messages .msg .code-language", "go")
	p.see("#messages .msg a[href='/chat/general']", "#general")
	p.write("#composer-0", strings.Repeat("line\n", 30))
	p.until("the box grows to twelve lines", "return "+box+".offsetHeight > 200 && "+box+".offsetHeight < 360", nil)
	p.shot("markdown")
	p.write("#composer-0", strings.Repeat("長", 300)+" مرحبا "+strings.Repeat("w", 300))
	if got := p.ask("document.documentElement.scrollWidth <= innerWidth"); got != "true" {
		t.Error("long words widen the page")
	}
	if os.Getenv("MATOI_SCREENSHOTS") != "" {
		for _, scheme := range []string{"light", "dark"} {
			p.look(390, 844, scheme)
			p.write("#composer-0", "/incident ")
			p.see(".options [role=option]", "")
			p.shot("phone commands " + scheme)
			p.write("#composer-0", "/incident log 14:35 ")
			p.see(".signature .current", "text")
			p.shot("phone signature " + scheme)
			p.press("[data-emoji-into]", "")
			p.see(".emoji-picker[open] [role=gridcell]", "🙏")
			p.shot("phone emoji " + scheme)
			p.hit("Escape")
		}
	}
}
