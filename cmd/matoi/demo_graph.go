package main

import (
	"bytes"
	"context"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"

	"matoi/bot/console"
	"matoi/incident"
)

// show puts a picture of a graph into a channel, under the words of the beat, with a text.
func (p *player) show(ctx context.Context, d console.Deed, channel string, thread int64, text string) (console.Outcome, error) {
	picture, err := graph(p.beat.words)
	if err != nil {
		return console.Outcome{}, err
	}
	u, err := p.app.chat.Upload(ctx, d, channel, p.beat.words+".png", "image/png", bytes.NewReader(picture))
	if err != nil {
		return console.Outcome{}, err
	}
	return p.app.chat.Say(ctx, d, channel, thread, text, incident.File{Name: u.Name, Link: console.FileLink(u)})
}

// graph draws a line that goes along quietly and climbs: what a dashboard shows of an incident. The same name gives the
// same picture.
func graph(name string) ([]byte, error) {
	const width, height, left, bottom = 640, 240, 36, 208
	paper, grid := color.RGBA{0xfb, 0xfa, 0xf7, 0xff}, color.RGBA{0xe4, 0xe1, 0xd8, 0xff}
	ink, under := color.RGBA{0xc7, 0x3e, 0x2b, 0xff}, color.RGBA{0xf4, 0xdf, 0xd9, 0xff}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(m, m.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	box := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(m, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	for n := range 5 {
		box(left, 24+n*46, width-16, 25+n*46, grid)
	}
	for n := range 9 {
		box(left+n*73, 24, left+n*73+1, bottom, grid)
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name))
	dice := rand.New(rand.NewPCG(sum.Sum64(), 1)) //nolint:gosec // a picture, no secret
	level, before := 24.0, 0
	for x := left; x < width-16; x++ {
		target := 24.0
		if x > width*11/20 {
			target = 158
		}
		level += (target-level)*0.06 + (dice.Float64()-0.5)*7
		y := bottom - int(level)
		box(x, y, x+1, bottom, under)
		if before == 0 {
			before = y
		}
		box(x, min(before, y)-1, x+2, max(before, y)+2, ink)
		before = y
	}
	box(left, bottom, width-16, bottom+1, color.RGBA{0x8a, 0x86, 0x7c, 0xff})
	var out bytes.Buffer
	err := png.Encode(&out, m)
	return out.Bytes(), err
}
