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
	images := newStack(app, "Images", "999988887777", "eu-west-1")

	share := cdkworkspaceimageshare.NewWorkspaceImageShare(images, jsii.String("GoldenImage"), &cdkworkspaceimageshare.WorkspaceImageShareProps{
		ImageId:    jsii.String("wsi-8t4x2k9p7"),
		AccountIds: jsii.Strings(strings.Fields(string(accounts))...),
	})

	recipients := []awscdk.Stack{
		newStack(app, "Development", "222233334444", "eu-west-1"),
		newStack(app, "Production", "555566667777", "us-east-1"),
	}
	for _, stack := range recipients {
		copy := cdkworkspaceimageshare.NewWorkspaceImageCopy(stack, jsii.String("GoldenImage"), &cdkworkspaceimageshare.WorkspaceImageCopyProps{
			Source: cdkworkspaceimageshare.WorkspaceImageSource_Share(share),
		})

		cdkworkspaceimageshare.NewWorkspaceBundle(stack, jsii.String("Standard"), &cdkworkspaceimageshare.WorkspaceBundleProps{
			ImageId:     copy.ImageId(),
			ComputeType: jsii.String("STANDARD"),
			UserVolume:  awscdk.Size_Gibibytes(jsii.Number(50)),
		})
	}

	app.Synth(nil)
}

func newStack(app awscdk.App, id, account, region string) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String(id), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
	})
}
