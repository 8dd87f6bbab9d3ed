package main

import (
	"log"
	"os"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-workspace-image-share/cdk-workspace-image-share-go/cdkworkspaceimageshare"
)

func main() {
	defer jsii.Close()

	accounts, err := os.ReadFile("accounts.txt")
	if err != nil {
		log.Fatal(err)
	}

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Images"), nil)

	cdkworkspaceimageshare.NewWorkspaceImageShare(stack, jsii.String("GoldenImage"), &cdkworkspaceimageshare.WorkspaceImageShareProps{
		ImageId:    jsii.String("wsi-8t4x2k9p7"),
		AccountIds: jsii.Strings(strings.Fields(string(accounts))...),
	})

	app.Synth(nil)
}
