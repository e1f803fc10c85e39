package incident

// RoleID names a role; the shipped ones are below, a role invented for one incident has an ID of its own.
type RoleID string

// The shipped roles.
const (
	Manager         RoleID = "incident-manager"
	TechLead        RoleID = "tech-lead"
	Communications  RoleID = "communications"
	Scribe          RoleID = "scribe"
	CustomerSupport RoleID = "customer-support"
	Expert          RoleID = "sme"
	SocialMedia     RoleID = "social-media"
	ProblemManager  RoleID = "problem-manager"
)

// Role is what a role means: how people call it in both languages and whether several may hold it. Names and
// duties are texts (role.<id>, duty.<id>) for the shipped ones, and Name and Duty for an invented one.
type Role struct {
	ID      RoleID   `json:"id"`
	Aliases []string `json:"aliases,omitempty" erase:"text"`
	Several bool     `json:"several,omitempty"`
	Core    bool     `json:"core,omitempty"` // shown as vacant on the card when nobody holds it
	Name    string   `json:"name,omitempty" erase:"text"`
	Duty    string   `json:"duty,omitempty" erase:"text"`
}

// Roles returns the shipped roles in the order in which a card shows them.
func Roles() []Role {
	return []Role{
		{ID: Manager, Core: true, Aliases: []string{
			"im", "ic", "commander", "incident manager", "incident commander", "major incident manager",
			"インシデントマネージャー", "インシデント指揮官", "重大インシデントマネージャー", "指揮者", "指揮官",
		}},
		{ID: TechLead, Core: true, Several: true, Aliases: []string{"tl", "tech", "tech lead", "technical lead", "on-call engineer", "テックリード", "技術リード"}},
		{ID: Communications, Core: true, Several: true, Aliases: []string{
			"comms", "communications lead", "communication", "コミュニケーションマネージャー", "コミュニケーション責任者",
			"コミュニケーションリード", "広報",
		}},
		{ID: Scribe, Core: true, Several: true, Aliases: []string{"recorder", "書記係", "書記", "記録係", "記録"}},
		{ID: CustomerSupport, Several: true, Aliases: []string{"support", "help desk lead", "customer support lead", "カスタマーサポートリード", "カスタマーサポートエージェント"}},
		{ID: Expert, Several: true, Aliases: []string{"expert", "subject matter expert", "対象分野のエキスパート", "エキスパート"}},
		{ID: SocialMedia, Aliases: []string{"social", "social media lead", "ソーシャルメディアリード", "ソーシャルメディアマネージャー"}},
		{ID: ProblemManager, Aliases: []string{"problem", "problem manager", "root cause analyst", "問題マネージャー", "根本原因アナリスト"}},
	}
}
