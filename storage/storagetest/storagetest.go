package storagetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// Place is a new, empty place for a database.
type Place struct {
	Options storage.Options
	Exec    func(t *testing.T, query string, args ...any) // goes around the storage, as a vandal would
}

// Run runs the contract. It opens each place itself, some of them more than once.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, h *house)
	}{
		{"NumbersOfADayAreGaplessWithSixteenWriters", numbersAreGapless},
		{"ACauseChangesOnceUnderRaces", causesOnce},
		{"ACauseSeenBeforeGivesItsFirstAnswer", firstAnswer},
		{"WhatIsLoadedIsTheFoldOfTheTimeline", loadIsTheFold},
		{"AFormerFoldIsFoldedAnew", formerFold},
		{"ARefusalWritesNothing", refusalWritesNothing},
		{"ChangesOfTwoIncidentsAreOneTransaction", twoIncidents},
		{"TheTimelineIsReadInPages", timelinePages},
		{"IncidentsAreFoundByWordsServiceStatusAndPriority", finds},
		{"TwinsAreFoundByTheirTitle", alike},
		{"ARoomLeadsToItsIncident", rooms},
		{"PressingIncidentsAreDueFirst", dueOrder},
		{"DeadlinesOfAnotherPolicyAreStale", stale},
		{"WhoMaySeeIsTheSameInGoAndInSQL", maySee},
		{"FiltersChooseWhatTheStateSays", filters},
		{"ADatabaseOfTheFirstVersionIsFilledIn", renewed},
		{"WordsOfTheSecondVersionAreFoundByTheirBeginning", reindexed},
		{"ACommonBeginningIsFoundHoweverLongAgo", searchesLongAgo},
		{"EightClaimersGetEachDeliveryOnceAndInOrder", claimOnce},
		{"AnExpiredLeaseComesAgainDoubtful", leaseExpires},
		{"UrgentLanesGoFirst", urgentFirst},
		{"OneWaitingCardStandsForAllChanges", coalesces},
		{"ADeliveryPutOffTakesInLaterOnes", putOff},
		{"WhatWasShownNeedsNoShowing", shownOnce},
		{"SettlingAndClaimingAreOneTurn", turns},
		{"WhoWasToldInPrivateAndWhichRoomsAreBehind", privately},
		{"WhatIsBehindAHeadComesWithIt", runs},
		{"WhatAPersonIsToBeToldIsFoundInAllLanes", meant},
		{"PostsPassWhatWaitsForThePace", paced},
		{"WhatKeepsOneMessageIsTakenOnce", keptOnce},
		{"ReceiptsAreKept", receipts},
		{"PeopleAreJoinedByEMail", joinedByEMail},
		{"MeetingAtOnceMakesOnePerson", meetingAtOnce},
		{"PeopleAreNamedAsTheyAreWritten", named},
		{"AnErasedNameIsGone", erased},
		{"RevsBecomeVisibleInOrder", revsInOrder},
		{"AMessagesKeyIsUsedOnce", messageKeys},
		{"MessagesPutTogetherFareAsIfAlone", putsTogether},
		{"EditsAndRepliesGiveNewRevs", edits},
		{"ChannelsAreShownToThoseWhoMaySee", channels},
		{"RoomsAreListedForThoseWhoMayEnter", roomsSeen},
		{"AFileIsSeenWhenItIsWholeAndSentOnce", uploads},
		{"WhatWaitsUnsentIsBoundedAndSwept", unsent},
		{"AFileInTheRecordIsForWhoMaySeeIt", exhibited},
		{"MessagesAreFoundByTheirWords", searches},
		{"OnlyVisibleMessagesAreFound", searchesVisible},
		{"MarksMoveForwardOnly", marks},
		{"UnreadIsCountedPerChannel", unreads},
		{"MentionsAreKeptPerPerson", mentions},
		{"AChoiceIsKeptPerPerson", preferences},
		{"AChatsHomeIsRemembered", workspaces},
		{"WaysAreKeptInOrderAndGoWithTheirOwner", contacts},
		{"WhatIsLearntOfAPageMovesForward", pages},
		{"APersonIsCalledOnceAMinuteInOneWay", pagesTogether},
		{"ATriggerIsInForceSinceItCame", inForce},
		{"APageIsAnsweredOnceThroughAnyOfItsLinks", answerLinks},
		{"AChangeOfAShiftIsMadeOnceAndTold", shiftChanges},
		{"AChangeOfAShiftThatIsAskedForTwiceIsOne", shiftsAskedTwice},
		{"ASilenceIsSetOnceAndTold", silences},
		{"WhatASilenceHidIsCountedAndRoused", silencedAlerts},
		{"TheLastCopyOfARosterIsKept", rosterCopies},
		{"WhenSignsOfLifeCameIsKept", beats},
		{"CopiesOfRostersThatNameAPersonGoWithThem", rosterErased},
		{"ADigestIsMadeOnceForAPersonAndDay", digests},
		{"RawRequestsAreKeptInOrder", rawOrder},
		{"TheInboxHasABound", inboxBound},
		{"APartOfWhatCameTogetherMayBeDone", partly},
		{"ARequestIsPutBackAmongTheOthers", putBack},
		{"RequestsOfOlderVersionsAreWorkedOff", oldRows},
		{"SeveralWorkOffAndNothingIsDoneTwice", rivals},
		{"LargeRequestsAreSeenAll", large},
		{"SourcesTakeTurns", turnsOfSources},
		{"WhoFloodsLeavesRoomForOthers", leavesRoom},
		{"ARequestThatWasBegunIsNoRepetition", begun},
		{"TheWorkersTransactionIsAllOrNothing", workIsWhole},
		{"AlertRowsKeepTheirOccurrences", alertRows},
		{"AlertsSinceAreGivenInTheirOrder", alertsSince},
		{"AlertsAreDueAgain", rowsAreDue},
		{"WhatAlertsOpenedIsFoundByItsServices", born},
		{"ARequestIsToldFromItsRepetition", arrivals},
		{"ManyAlertsAreCountedOnceAndRightly", manyAlerts},
		{"TheInboxShowsWhatOpenedNothing", inboxShows},
		{"AlertsFindTheirIncident", alertsFindIncidents},
		{"RulesOfPeopleAreAskedInOrderAndEntered", alertRules},
		{"AnAlertIsFoundByItsShortName", inboxHandles},
		{"AlertsThatOpenedNothingAreFoundBehindManyOthers", looseFound},
		{"ARequestIsDroppedForGood", requestsDropped},
		{"WatchersAreWokenAfterTheCommit", watches},
		{"VerifyFindsTheFirstBrokenEntry", verifies},
		{"WhateverAVandalDoesIsFoundAndNamed", tampers},
		{"WhatAVandalWritesAnewShowsAgainstTheHeads", rewrites},
		{"ErasedTextsAreGoneFromEveryCopy", erasesTexts},
		{"ErasedAlertsAreGoneWithTheirLabels", erasesAlerts},
		{"ErasedPeopleAreNamedByNoReasonOfSilencesAndRules", erasesReasons},
		{"ALegalHoldStopsErasing", holdsBack},
		{"WhatIsTooOldIsPrunedAndNoFact", prunes},
		{"EachKindIsKeptForItsOwnTime", keeps},
		{"OldAlertsGoFromAmongMany", prunesAmongMany},
		{"AnExportHoldsWhatTheViewerMaySee", exports},
		{"ClosingAndOpeningKeepsAll", reopens},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := place(t)
			h := &house{t: t, o: p.Options, exec: p.Exec}
			h.clock.Store(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC).UnixMicro())
			h.o.Now, h.o.Zone = h.now, time.FixedZone("JST", 9*3600)
			h.open()
			c.test(t, h)
		})
	}
}

// house is a storage with a desk on it.
type house struct {
	*storage.Storage
	t     *testing.T
	o     storage.Options
	exec  func(t *testing.T, query string, args ...any)
	clock atomic.Int64
	desk  *incident.Desk
	cause atomic.Int64
}

func (h *house) now() time.Time { return time.UnixMicro(h.clock.Load()).UTC() }

func (h *house) pass(d time.Duration) { h.clock.Add(d.Microseconds()) }

func (h *house) open() {
	h.t.Helper()
	s, err := storage.Open(ctx(h.t), h.o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = s.Close() }) // may be closed by the test already
	p := incident.DefaultPolicy(h.o.Zone)
	h.Storage = s
	h.desk = &incident.Desk{Store: s, Policy: func() incident.Policy { return p }, Now: h.now}
}

func ctx(t testing.TB) context.Context { return t.Context() }

func ok[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// do runs a command at the desk with a cause of its own.
func (h *house) do(n incident.Number, c incident.Command) incident.Result {
	h.t.Helper()
	r, err := h.desk.Do(ctx(h.t), n, c, incident.By{Person: "p1"}, incident.Cause{ID: fmt.Sprintf("test/%d", h.cause.Add(1))})
	if err != nil {
		h.t.Fatalf("%T: %v", c, err)
	}
	return r
}

// opened opens an incident through the desk.
func (h *house) opened(title string) incident.Number {
	h.t.Helper()
	return h.do(0, incident.Open{Title: title, Priority: incident.P2}).Incident.Number
}

// record makes facts true without the desk, so that tests choose state, effects and deadline. 0 opens a new incident.
func (h *house) record(n incident.Number, c incident.Change, facts ...incident.Fact) (incident.Number, error) {
	done, _, err := h.Change(ctx(h.t), incident.Cause{ID: fmt.Sprintf("test/%d", h.cause.Add(1))}, numbers(n), h.recorder(c, facts...))
	if err != nil {
		return 0, err
	}
	return done[0].After.Number, nil
}

func numbers(n incident.Number) []incident.Number {
	if n == 0 {
		return nil
	}
	return []incident.Number{n}
}

func (h *house) recorder(c incident.Change, facts ...incident.Fact) func([]*incident.Incident, incident.Draw) ([]incident.Change, error) {
	return func(loaded []*incident.Incident, draw incident.Draw) ([]incident.Change, error) {
		i := &incident.Incident{}
		if len(loaded) > 0 {
			i = loaded[0]
		} else {
			var err error
			if i.Number, err = draw(h.now()); err != nil {
				return nil, err
			}
		}
		out := c
		out.Events, out.Effects = nil, nil
		for _, f := range facts {
			e := incident.Event{Number: i.Number, Seq: i.Version + 1, At: h.now(), By: "p1", Fact: f}
			if err := incident.Seal(&e, i.Head, rand.Reader); err != nil {
				return nil, err
			}
			i.Apply(e)
			out.Events = append(out.Events, e)
		}
		for _, e := range c.Effects {
			e.Number = i.Number
			out.Effects = append(out.Effects, e)
		}
		out.After = i
		return []incident.Change{out}, nil
	}
}

// recorded is record where nothing may fail.
func (h *house) recorded(n incident.Number, c incident.Change, facts ...incident.Fact) incident.Number {
	h.t.Helper()
	return ok[incident.Number](h.t)(h.record(n, c, facts...))
}

// crowd runs f in so many goroutines at once.
func crowd(n int, f func(k int)) {
	var all sync.WaitGroup
	for k := range n {
		all.Go(func() { f(k) })
	}
	all.Wait()
}
